"""Ways to find points in many boxes that take turns, in one process or each in its own."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from inference_models import build
from inference_profile import Profile
from mmpose.apis import inference_topdown
from rival_process import Rival

from mmlandmark.apis import TopdownInferencer


class Bench:
    """A model, and pictures with boxes.

    Args:
        args: The options.
        name: Of the model.
        boxes: How many.
        folder: For files.
    """

    def __init__(self, args: argparse.Namespace, name: str, boxes: int, folder: Path) -> None:
        self.args, self.model = args, build(name, args.device)
        rng = np.random.default_rng(0)
        width, height = args.picture
        number = -(-boxes // args.per_picture)
        self.pictures: list[Any] = [_picture(rng, width, height) for _ in range(number)]
        if args.files:
            self.pictures = [
                _file(picture, folder / f'{number}.jpg')
                for number, picture in enumerate(self.pictures)
            ]
        corners = rng.uniform(0, 0.5, (boxes, 2)) * (width, height)
        sides = rng.uniform(0.25, 0.5, (boxes, 2)) * (width, height)
        rows = np.hstack((corners, corners + sides))
        self.boxes = [rows[at : at + args.per_picture] for at in range(0, boxes, args.per_picture)]

    def ours(self, flip_test: bool, **speed: Any) -> Callable[[], Any]:
        """Return a call of ours."""
        inferencer = TopdownInferencer.from_model(
            self.model, self.args.batch_size, self.args.workers, **speed
        )
        return lambda: inferencer(self.pictures, self.boxes, flip_test)

    def stock(self, flip_test: bool) -> Callable[[], Any]:
        """Return calls of MMPose, one a picture."""

        def run() -> None:
            self.model.test_cfg['flip_test'] = flip_test
            for picture, boxes in zip(self.pictures, self.boxes, strict=True):
                inference_topdown(self.model, picture, boxes)

        return run


class Caller:
    """One way, which is asked what a call costs, in the process that it lives in.

    Args:
        args: The options.
        case: Name of the model, number of boxes, and whether there is a flip test.
        folder: For files.
        speed: Options of ours; None: the way of MMPose.
    """

    def __init__(
        self,
        args: argparse.Namespace,
        case: tuple[str, int, bool],
        folder: Path,
        speed: Mapping[str, Any] | None,
    ) -> None:
        name, boxes, flip_test = case
        torch.set_num_threads(args.threads)
        cv2.setNumThreads(args.threads)
        # a model of its own: an option may change the layout of weights
        bench = Bench(args, name, boxes, folder)
        self.args, self.model = args, bench.model
        self.call = bench.stock(flip_test) if speed is None else bench.ours(flip_test, **speed)

    def seconds(self) -> float:
        """Return the seconds of a call."""
        clock = time.process_time if self.args.clock == 'process' else time.perf_counter
        self._wait()
        start = clock()
        self.call()
        self._wait()
        return clock() - start

    def profile(self) -> dict[str, float]:
        """Return the seconds of each part of a call."""
        return Profile(self.model, self.args.device, self.args.clock).of(self.call)

    def _wait(self) -> None:
        if self.args.device != 'cpu':
            torch.cuda.synchronize(self.args.device)


def in_turn(
    args: argparse.Namespace, what: str, ways: Mapping[str, Callable[[], Caller]]
) -> dict[str, list[Any]]:
    """Return what each way says in each round, after one that warms up.

    Args:
        args: The options.
        what: A method of ``Caller``.
        ways: Each returns one; in a process of its own where memory is kept.
    """
    rounds: dict[str, list[Any]] = {name: [] for name in ways}
    with _asked(ways, apart=args.keep_memory) as asked:
        for turn in range(args.repeats + 1):
            for name, ask in asked.items():
                found = ask(what)
                if turn:
                    rounds[name].append(found)
    return rounds


@contextmanager
def _asked(
    ways: Mapping[str, Callable[[], Caller]], apart: bool
) -> Iterator[dict[str, Callable[[str], Any]]]:
    with ExitStack() as stack:
        if apart:
            yield {name: stack.enter_context(Rival(make)).ask for name, make in ways.items()}
        else:
            yield {name: _asking(make()) for name, make in ways.items()}


def _asking(caller: Caller) -> Callable[[str], Any]:
    return lambda what: getattr(caller, what)()


def _picture(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    noise = rng.integers(0, 256, (height // 16, width // 16, 3), dtype=np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def _file(picture: np.ndarray, path: Path) -> str:
    cv2.imwrite(str(path), picture)
    return str(path)
