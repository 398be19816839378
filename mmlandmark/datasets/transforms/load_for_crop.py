"""Loading of pictures of which a crop is all that is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform, LoadImageFromFile
from mmpose.datasets.transforms import LoadImage, RandomFlip, TopdownAffine
from mmpose.registry import TRANSFORMS

from mmlandmark.datasets.crop_cache import CropCache
from mmlandmark.datasets.crop_reach import BoxReach, CropReach
from mmlandmark.datasets.crop_source import CropOpener, CropSource
from mmlandmark.datasets.transforms.hand_flip import RandomHandFlip
from mmlandmark.errors import LandmarkError, nearest

_FLIPS = (RandomFlip, RandomHandFlip)
_NAME = 'LoadImageForCrop'


@TRANSFORMS.register_module()
class LoadImageForCrop(BaseTransform):
    """Runs a pipeline with its ``LoadImage`` and ``TopdownAffine`` such that little is decoded.

    JPEGs are decoded where ``TopdownAffine`` needs the picture: by then the crop is known, and
    with it how far the picture may be reduced. What comes out is as without, save for the pixels
    of ``img``: keypoints, boxes, ``img_shape``, ``ori_shape`` and all that leads from the
    input back to the picture are those of the full one. Pictures of other kinds, those given as
    ``img``, and crops that need all pixels are treated as without.

    Args:
        transforms: A pipeline: all of one, or the part up to ``TopdownAffine``. Between the two
            transforms boxes and points may change; of the picture only flips.
        reduce: Decode JPEGs at a half, a quarter or an eighth of their size where that suffices.
        oversampling: How many pixels, along a side, the reduced picture must have for one
            of the crop. 1 is what a crop can show; more comes closer to the pixels without.
        cache: Options of ``CropCache``: keeps the surroundings of each box, as far as the
            pipeline's ``RandomBBoxTransform`` reaches. None for no cache.

    Raises:
        LandmarkError: An option makes no sense, or the pipeline lacks one of the two transforms.
    """

    def __init__(
        self,
        transforms: Sequence[Mapping[str, Any] | BaseTransform],
        reduce: bool = True,
        oversampling: float = 1.0,
        cache: Mapping[str, Any] | None = None,
    ) -> None:
        if isinstance(oversampling, bool) or not 1 <= oversampling < float('inf'):
            raise LandmarkError(f'{_NAME}: oversampling is {oversampling!r}; expected 1 or more')
        self.transforms = [TRANSFORMS.build(t) if isinstance(t, Mapping) else t for t in transforms]
        load, crop = _places(self.transforms)
        self._before, self._load = self.transforms[:load], self.transforms[load]
        self._between, self._crop = self.transforms[load + 1 : crop], self.transforms[crop]
        self._after = self.transforms[crop + 1 :]
        self._reach, self._around = CropReach(self._crop), BoxReach(self._between, self._crop)
        kept = None if cache is None else _cache(cache)
        self._opener = CropOpener(reduce, oversampling, kept, self._load.backend_args)
        self._decoded = 0

    @property
    def counts(self) -> Counter[str]:
        """What this process did: pictures decoded and by how much reduced, and the cache's part."""
        counts = self._opener.counts + Counter({'decoded by LoadImage': self._decoded})
        cache = self._opener.cache
        return counts if cache is None else counts + cache.counts + cache.store.counts

    def __iter__(self) -> Iterator[BaseTransform]:
        """Give the transforms inside."""
        return iter(self.transforms)

    def transform(self, results: dict[str, Any]) -> dict[str, Any] | None:
        """Run the pipeline.

        Raises:
            LandmarkError: A transform before ``TopdownAffine`` changed the picture, or a file is
                damaged behind its header.
        """
        results = _run(self._before, results)
        if results is None or 'img' in results:
            return self._run_as_it_is(results)
        source = self._opener.open(results['img_path'], self._around(results))
        if source is None:
            self._decoded += 1
            return self._run_as_it_is(results)
        width, height = source.size
        # Of the full picture's shape, but one byte in memory
        unread = np.broadcast_to(np.zeros((), dtype=np.uint8), (height, width, 3))
        results.update(img=unread, img_shape=(height, width), ori_shape=(height, width))
        flips = []
        for step in self._between:
            results = step(results)
            if results is None:
                return None
            if results['img'] is not unread:
                flips.append(_flip_of(step, results))
                results['img'] = unread
        return _run(self._after, self._cropped(results, source, flips))

    def _run_as_it_is(self, results: dict[str, Any] | None) -> dict[str, Any] | None:
        return _run((self._load, *self._between, self._crop, *self._after), results)

    def _cropped(
        self, results: dict[str, Any], source: CropSource, flips: Sequence[str]
    ) -> dict[str, Any] | None:
        part = self._opener.part(source, self._reach(results), flips)
        if part.is_whole:
            return self._crop({**results, 'img': part.pixels})
        # The picture by the box in the part; all else, not to round it on the way, by the box.
        moved = dict(
            img=part.pixels,
            bbox_center=part.map_points(results['bbox_center']),
            bbox_scale=results['bbox_scale'] / part.factor,
        )
        picture = self._crop({**results, **moved})['img']
        results = self._crop({**results, 'img': np.zeros((1, 1, 3), dtype=np.uint8)})
        results['img'] = picture
        return results


def _places(steps: Sequence[BaseTransform]) -> tuple[int, int]:
    """Return which transforms load and crop.

    Raises:
        LandmarkError: There is not one of each in this order, or they do what is not known here.
    """
    loads = [i for i, step in enumerate(steps) if isinstance(step, LoadImageFromFile)]
    crops = [i for i, step in enumerate(steps) if isinstance(step, TopdownAffine)]
    for name, found in (('LoadImage', loads), ('TopdownAffine', crops)):
        if len(found) != 1:
            raise LandmarkError(
                f'{_NAME}: its transforms have {len(found)} of {name}; expected one'
            )
    load, crop = steps[loads[0]], steps[crops[0]]
    if loads > crops:
        raise LandmarkError(f'{_NAME}: TopdownAffine comes before LoadImage; expected it after')
    if type(load) is not LoadImage or getattr(crop, 'random', False):
        odd = type(crop if type(load) is LoadImage else load).__name__
        raise LandmarkError(f'{_NAME}: cannot do what {odd} does; expected LoadImage as it is')
    usual = LoadImage()
    for name in ('color_type', 'imdecode_backend', 'to_float32', 'file_client_args'):
        value, expected = getattr(load, name), getattr(usual, name)
        if value != expected:
            raise LandmarkError(f'{_NAME}: {name} of LoadImage is {value!r}; expected {expected!r}')
    return loads[0], crops[0]


def _cache(options: Mapping[str, Any]) -> CropCache:
    known = ('folder', 'max_gb', 'quality')
    for name in options:
        if name not in known:
            raise LandmarkError(
                f'{_NAME}: cache has no option {name!r}{nearest(str(name), known)}; expected '
                f'{", ".join(known)}'
            )
    if not options.get('folder'):
        raise LandmarkError(f'{_NAME}: cache has no folder; expected the name of one')
    return CropCache(**options)


def _run(steps: Sequence[BaseTransform], results: dict[str, Any] | None) -> dict[str, Any] | None:
    for step in steps:
        if results is None:
            return None
        results = step(results)
    return results


def _flip_of(step: BaseTransform, results: dict[str, Any]) -> str:
    if not isinstance(step, _FLIPS):
        raise LandmarkError(
            f'{_NAME}: {type(step).__name__} changes the picture before TopdownAffine; expected '
            'it after TopdownAffine, or a pipeline without LoadImageForCrop'
        )
    return results['flip_direction']
