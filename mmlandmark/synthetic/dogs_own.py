"""Dog faces of our own making: 46 points from a few proportions, for use without any data.

Lengths are in units of the distance of the outer eye corners, the origin lies between them, x
goes to image-right (the dog's left in a frontal picture), y down. The proportions are chosen by
eye; they measure no dog and come from no data set.
"""

from __future__ import annotations

import numpy as np

from mmlandmark.schemas import get_schema

SCHEMA = 'dogflw46'

#: The right half and the midline of a dog at rest that looks straight ahead, ears upright: x, y
#: and how far the point stands out of the plane of the eyes.
FACE = {
    'right_ear_inner_base': (-0.34, -0.60, -0.25),
    'right_ear_inner_lower': (-0.43, -0.84, -0.27),
    'right_ear_inner_upper': (-0.55, -1.08, -0.30),
    'right_ear_tip': (-0.74, -1.30, -0.35),
    'right_ear_outer_upper': (-0.90, -1.02, -0.38),
    'right_ear_outer_lower': (-0.92, -0.68, -0.40),
    'right_ear_outer_base': (-0.80, -0.36, -0.40),
    'right_brow': (-0.20, -0.27, 0.06),
    'right_eye_inner': (-0.26, 0.05, 0.06),
    'right_eye_outer': (-0.50, 0.00, -0.05),
    'right_eye_upper': (-0.39, -0.09, 0.03),
    'right_eye_lower': (-0.37, 0.10, 0.03),
    'nose_bridge_mid': (0.0, 0.26, 0.32),
    'nose_top': (0.0, 0.52, 0.52),
    'right_nose_upper': (-0.17, 0.56, 0.48),
    'right_nose_bridge': (-0.16, 0.28, 0.26),
    'right_cheek': (-0.46, 0.36, 0.05),
    'nose_bottom': (0.0, 0.75, 0.52),
    'right_nose_lower': (-0.13, 0.70, 0.48),
    'muzzle_mid': (0.0, 0.86, 0.48),
    'right_muzzle': (-0.30, 0.77, 0.36),
    'upper_lip_mid': (0.0, 0.95, 0.46),
    'right_mouth_corner': (-0.42, 0.85, 0.12),
    'lower_lip_mid': (0.0, 1.06, 0.42),
    'chin': (0.0, 1.18, 0.36),
    'right_lower_jaw': (-0.22, 1.06, 0.28),
    'lower_lip_top': (0.0, 0.99, 0.42),
}
_JAW = ('lower_lip_mid', 'chin', 'right_lower_jaw', 'left_lower_jaw', 'lower_lip_top')
_LIDS = {'right_eye_upper': -1.0, 'left_eye_upper': -1.0, 'right_eye_lower': 0.6}
_LIDS['left_eye_lower'] = _LIDS['right_eye_lower']
_MUZZLE_FROM = 0.15  # what lies lower belongs to the muzzle


def own_shapes(count: int, seed: int = 0) -> np.ndarray:
    """Return dog faces of random proportions, turned a little to the side and up or down.

    Args:
        count: How many.
        seed: The same seed gives the same faces.

    Returns:
        (N, 46, 2) float64, in outer eye distances of the face at rest; the schema ``dogflw46``.
    """
    rng = np.random.default_rng(seed)
    solid = np.tile(_at_rest(), (count, 1, 1))
    _change_muzzle(solid, rng)
    _change_eyes(solid, rng)
    _put_ears(solid, rng)
    _open_mouth(solid, rng)
    return _turned(solid, rng)


def _at_rest() -> np.ndarray:
    schema = get_schema(SCHEMA)
    partner = schema.flip_indices
    solid = np.zeros((schema.num_keypoints, 3))
    for name, place in FACE.items():
        index = schema.index(name)
        solid[partner[index]] = np.array(place) * [-1, 1, 1]
        solid[index] = place
    return solid


def _change_muzzle(solid: np.ndarray, rng: np.random.Generator) -> None:
    """From short and broad to long and narrow."""
    long = rng.normal(0, 1, len(solid)).clip(-2.2, 2.2)[:, None]
    low = solid[..., 1] > _MUZZLE_FROM
    wide = 1 - 0.10 * long + 0.08 * rng.normal(0, 1, (len(solid), 1))
    below = solid[..., 1] - _MUZZLE_FROM
    solid[..., 1] += np.where(low, 0.16 * long * below, 0)
    solid[..., 2] *= np.where(low, 1 + 0.22 * long, 1)
    solid[..., 0] *= np.where(low, wide, 1)


def _change_eyes(solid: np.ndarray, rng: np.random.Generator) -> None:
    schema = get_schema(SCHEMA)
    lids = rng.normal(0, 0.025, len(solid)).clip(-0.05, 0.05)
    for name, share in _LIDS.items():
        solid[:, schema.index(name), 1] += share * lids
    brows = rng.normal(0, 1, (len(solid), 1))
    solid[:, schema.indices('brows'), 1] -= 0.05 * brows
    slant = rng.normal(0, 0.03, len(solid))
    for name in ('right_eye_inner', 'left_eye_inner'):
        solid[:, schema.index(name), 1] += slant


def _put_ears(solid: np.ndarray, rng: np.random.Generator) -> None:
    """Upright ears, or hanging ones: folded down at their base, and so mirrored upside down."""
    schema, count = get_schema(SCHEMA), len(solid)
    upright = rng.random(count)[:, None] < 0.45
    degrees = rng.normal(4, 12, count)
    length = (1 + 0.18 * rng.normal(size=(count, 1))).clip(0.6, 1.5)
    for side, sign in (('right', -1), ('left', 1)):
        bases = schema.indices([f'{side}_ear_inner_base', f'{side}_ear_outer_base'])
        free = np.setdiff1d(schema.indices(f'{side}_ear'), bases)
        base = solid[:, bases, :2].mean(axis=1, keepdims=True)
        x, y = (length[..., None] * (solid[:, free, :2] - base)).transpose(2, 0, 1)
        # a hanging ear lies beside the eye, not over it
        x = np.where(upright, x, 0.75 * x + sign * (0.2 - 0.2 * y))
        y = np.where(upright, y, -1.2 * y)
        angle = np.deg2rad(sign * degrees + rng.normal(0, 4, count))[:, None]
        cos, sin = np.cos(angle), np.sin(angle)
        solid[:, free, :2] = base + np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def _open_mouth(solid: np.ndarray, rng: np.random.Generator) -> None:
    schema = get_schema(SCHEMA)
    drop = np.where(rng.random(len(solid)) < 0.4, rng.uniform(0.1, 0.45, len(solid)), 0.0)
    solid[:, schema.indices(_JAW), 1] += drop[:, None]


def _turned(solid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    yaw, pitch = np.deg2rad(rng.normal(0, (18, 9), (len(solid), 2)).clip(-38, 38)).T[..., None]
    x, y, z = solid.transpose(2, 0, 1)
    x, z = np.cos(yaw) * x + np.sin(yaw) * z, np.cos(yaw) * z - np.sin(yaw) * x
    return np.stack([x, np.cos(pitch) * y + np.sin(pitch) * z], axis=-1)
