"""Coats of drawn dogs: what colour each part of a face has, by breed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_FURS = (
    *((52, 48, 50), (40, 62, 96), (62, 104, 158), (96, 156, 206), (150, 196, 226)),
    *((132, 134, 140), (206, 222, 232), (58, 84, 134), (92, 98, 108)),
)
_IRISES = ((28, 52, 88), (30, 78, 130), (40, 44, 52), (150, 130, 96))
_NOSES = ((34, 30, 32), (52, 48, 60), (62, 74, 112))
_DARK, _WHITE = np.array([40.0, 38.0, 42.0]), np.array([226.0, 234.0, 240.0])


@dataclass(frozen=True)
class Coat:
    """Colours of a face, BGR from 0 to 255, (3,) each.

    Attributes:
        fur: Of the head.
        ears: Told apart from the head.
        muzzle: White, dark or a shade of the fur.
        blaze: The stripe from the brows to the nose.
        inner_ear: Of an upright ear.
        iris: Of the eyes.
        nose: Of the leather.
        strength: How rough the fur is.
    """

    fur: np.ndarray
    ears: np.ndarray
    muzzle: np.ndarray
    blaze: np.ndarray
    inner_ear: np.ndarray
    iris: np.ndarray
    nose: np.ndarray
    strength: float


def coat_of(breed: int, seed: int = 0) -> Coat:
    """Return the coat of a breed; the same numbers give the same coat."""
    rng = np.random.default_rng((seed, breed, 1))
    fur = _shade(_FURS[rng.integers(len(_FURS))], rng)
    light = float(fur.mean())
    lighter, darker = 0.45 * fur + 0.55 * _WHITE, 0.45 * fur + 0.1 * _DARK
    muzzles = (_WHITE, lighter, 0.75 * fur + 0.25 * _WHITE, 0.35 * fur + 0.65 * _DARK)
    muzzle = muzzles[rng.choice(4 if light > 110 else 3)]
    blaze = (muzzle, lighter, 0.8 * fur + 0.2 * _WHITE)[rng.integers(3)]
    ears = darker if light > 80 and rng.random() < 0.75 else lighter
    return Coat(
        fur=fur,
        ears=_shade(ears, rng),
        muzzle=_shade(muzzle, rng),
        blaze=blaze,
        inner_ear=0.5 * ears + 0.5 * np.array([150.0, 160.0, 205.0]),
        iris=_shade(_IRISES[rng.integers(len(_IRISES))], rng),
        nose=_shade(_NOSES[rng.integers(len(_NOSES))], rng),
        strength=float(rng.uniform(0.03, 0.09)),
    )


def _shade(color: np.ndarray | tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return (np.asarray(color, dtype=np.float64) * rng.uniform(0.9, 1.1, 3)).clip(8, 246)
