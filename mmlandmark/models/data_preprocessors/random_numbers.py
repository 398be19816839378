"""Random numbers of a training step that are the same when a training goes on."""

from __future__ import annotations

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.logging import MessageHub


class StepNumbers:
    """Gives each training step random numbers that follow from seed, process and iteration.

    The seed is the one that MMEngine gave torch, which a resumed training has too. Numbers are
    drawn on the CPU, so that a run is the same on any device and none is waited for. Outside
    of a runner's training, calls are counted in place of iterations.
    """

    def __init__(self) -> None:
        self.calls = 0

    def generator(self) -> np.random.Generator:
        """Return the generator of the step that runs now."""
        self.calls += 1
        hub, step = MessageHub.get_current_instance(), self.calls
        if hub.get_info('loop_stage') == 'train':
            step = hub.get_info('iter', step)
        return np.random.default_rng([torch.initial_seed(), get_rank(), int(step)])
