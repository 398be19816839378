"""Which transforms of a pipeline change a sample by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mmlandmark.errors import LandmarkError

# those of MMPose whose names do not say so
_BY_CHANCE = ('Albumentation', 'PhotometricDistortion', 'Mosaic', 'YOLOXMixUp')


def is_random(transform: Callable) -> bool:
    """Return whether a transform changes a sample by chance.

    Own transforms say so by an attribute ``random``; those of MMPose and MMCV are known by name.
    """
    name = type(transform).__name__
    return bool(getattr(transform, 'random', False)) or 'Random' in name or name in _BY_CHANCE


def refuse_random(transforms: Iterable[Callable], where: str, why: str = 'test_mode=True') -> None:
    """Raise if a pipeline changes samples by chance.

    Args:
        transforms: The transforms; those inside wrappers are looked at too.
        where: Data set, for messages.
        why: What makes it a data set that is never augmented.

    Raises:
        LandmarkError: Some transform does.
    """
    for transform in _all(transforms):
        if is_random(transform):
            raise LandmarkError(
                f'{where}: {why} and {type(transform).__name__} in the pipeline; expected '
                'a pipeline without random transforms, since validation is never augmented'
            )


def _all(transforms: Iterable[Callable]) -> Iterator[Callable]:
    for transform in transforms:
        yield transform
        if isinstance(transform, Iterable):
            yield from _all(transform)
