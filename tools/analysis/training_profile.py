"""Where the seconds of a training step go, part by part."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import mmpose.models.heads.coord_cls_heads.rtmcc_head as rtmcc
import mmpose.models.heads.heatmap_heads.heatmap_head as heatmap
from training_cases import Way

from mmlandmark.models.heads import device_heads

PICTURES = ('LoadImage', 'LoadImageForCrop', 'TopdownAffine')
PARTS = (
    *('loader: picture', 'loader: augmentation', 'loader: target', 'loader: packing'),
    *('preprocessor', 'backbone', 'head', 'target and loss', 'accuracy', 'backward'),
    *('optimiser', 'rest'),
)
"""``loader: picture`` is decoding and the crop; ``target and loss`` what a head does around its
layers: stacking or drawing targets, and the loss."""


class Profile:
    """Seconds of the parts of a step, each without what other parts take inside it.

    Args:
        way: A training.
        clock: What tells the seconds.
    """

    def __init__(self, way: Way, clock: Callable[[], float] = time.perf_counter) -> None:
        self.way, self.clock = way, clock
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[float] = []

    def of_step(self) -> dict[str, float]:
        """Return the seconds of each part of a step with its loader, in this process."""
        self.seconds.clear()
        with self._patched():
            self._timed('rest', self._step)()
        return {part: self.seconds[part] for part in PARTS}

    def _step(self) -> None:
        (batch,) = self.way.loader(1, 0)
        self.way.step(batch)

    @contextmanager
    def _patched(self) -> Iterator[None]:
        model, optim = self.way.model, self.way.optim
        kinds = dict(head=type(model.head), preprocessor=type(model.data_preprocessor))
        places = [
            ('preprocessor', kinds['preprocessor'], 'forward'),
            ('backbone', type(model), 'extract_feat'),
            ('head', kinds['head'], 'forward'),
            ('target and loss', kinds['head'], 'loss'),
            ('accuracy', rtmcc, 'simcc_pck_accuracy'),
            ('accuracy', heatmap, 'pose_pck_accuracy'),
            ('accuracy', device_heads, 'batch_accuracy'),
            ('backward', type(optim), 'backward'),
            ('optimiser', type(optim), 'step'),
            ('optimiser', type(optim), 'zero_grad'),
        ]
        steps = self.way.dataset.pipeline.transforms
        steps = [*steps, *(inner for step in steps for inner in getattr(step, 'transforms', ()))]
        places += [(_part(step), step, 'transform') for step in steps]
        with ExitStack() as stack:
            for part, owner, name in places:
                timed = self._timed(part, getattr(owner, name))
                stack.enter_context(patch.object(owner, name, timed))
            yield

    def _timed(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            start = self.clock()
            self._inside.append(0.0)
            result = call(*args, **options)
            self.way.wait()
            whole = self.clock() - start
            self.seconds[part] += whole - self._inside.pop()
            if self._inside:
                self._inside[-1] += whole
            return result

        return timed


def _part(step: Any) -> str:
    name = type(step).__name__
    if name in PICTURES:
        return 'loader: picture'
    known = {'GenerateTarget': 'loader: target', 'PackPoseInputs': 'loader: packing'}
    return known.get(name, 'loader: augmentation')
