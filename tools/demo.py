"""The whole way once, on synthetic faces or on a file of pairs: ``python tools/demo.py``."""

from __future__ import annotations

import argparse
import sys

import torch

from mmlandmark.apis import launch
from mmlandmark.apis.demo import DemoOptions, run_demo


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    default = DemoOptions()
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('--data', metavar='PAIRS.json', help='a file of pairs; by default synthetic faces')
    add('--work-dir', default=default.work_dir, help='folder that the demo fills and replaces')
    add('--images', help='folder of the pictures; by default that of PAIRS.json, or images in it')
    add('--epochs', type=int, default=default.epochs, help='length of the training')
    add('--faces', type=int, default=default.faces, help='how many synthetic faces')
    add('--cases', type=int, default=default.cases, help='pictures each of worst, median, best')
    add('--debug', action='store_true', help='show the whole traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Run the demo and print its table."""
    # Batches of points are small: a second thread waits more than it computes, and on a machine
    # that is busy otherwise the two wait for each other.
    torch.set_num_threads(1)
    options = {key: value for key, value in vars(args).items() if key != 'debug'}
    print(run_demo(DemoOptions(**options)))


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
