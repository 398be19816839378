"""Where the seconds of an inference go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from mmengine.dataset import Compose
from mmpose.models.pose_estimators import TopdownPoseEstimator

from mmlandmark.apis import topdown_predictor
from mmlandmark.apis.topdown_crops import CropPipeline
from mmlandmark.models.heads import inference_view


class Profile:
    """Times of parts of calls; ``rest`` is what is in no part.

    The crops of ours are cut by threads beside the network, so that parts may add up to more than
    the whole by the clock.

    Args:
        model: The model.
        device: Where it runs.
        clock: ``process`` or ``wall``.
    """

    def __init__(self, model: TopdownPoseEstimator, device: str, clock: str) -> None:
        self.model, self.device = model, device
        self.clock = time.process_time if clock == 'process' else time.perf_counter
        self.thread_clock = time.thread_time if clock == 'process' else time.perf_counter

    def of(self, call: Callable[[], Any]) -> dict[str, float]:
        """Return the seconds of each part of one call."""
        self._seconds = dict.fromkeys(('crops', 'inputs', 'network', 'decoding'), 0.0)
        kind = type(self.model.head)
        places = [
            ('crops', Compose, '__call__'),
            ('crops', CropPipeline, '__call__'),
            ('inputs', type(self.model.data_preprocessor), 'forward'),
            ('network', type(self.model), 'extract_feat'),
            ('network', kind, 'forward'),
            ('decoding', kind, 'decode'),
            ('decoding', inference_view, 'instances_of'),
            ('decoding', topdown_predictor, '_in_pictures'),
            ('decoding', type(self.model), 'add_pred_to_datasample'),
        ]
        with ExitStack() as stack:
            for part, owner, name in places:
                timed = self._timed(part, getattr(owner, name))
                stack.enter_context(patch.object(owner, name, timed))
            start = self.clock()
            call()
            self._wait()
            whole = self.clock() - start
        found = dict(self._seconds)
        return found | {'rest': whole - sum(found.values()), 'whole': whole}

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self._part(part):
                return function(*args, **kwargs)

        return timed

    @contextmanager
    def _part(self, part: str) -> Iterator[None]:
        self._wait()
        start = self.thread_clock()
        yield
        self._wait()
        self._seconds[part] += self.thread_clock() - start

    def _wait(self) -> None:
        if self.device != 'cpu':
            torch.cuda.synchronize(self.device)
