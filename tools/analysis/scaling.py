"""Compute what 8 and 64 devices should give; measure two processes of this machine.

From a measured step, the size of its gradients and the speed of the links it says how long a step
on several devices takes. ``--measure`` trains RTMPose-t in two processes over gloo on the CPU
and compares that with the same computation.

Example:
    python tools/analysis/scaling.py --seconds 0.25 --backward 0.6 --batch 64 \\
        --parameters 28.5e6 --device-rate 300e9 --network-rate 50e9
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmlandmark.apis import launch
from mmlandmark.options import count


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--seconds', type=float, default=0.25, help='of a step of one device')
    add('--backward', type=float, default=0.6, help='share of it that is the backward pass')
    add('--batch', type=count, help='samples of one device; 64, or 8 of those measured')
    add('--parameters', type=float, default=28.5e6, help='that have gradients')
    add('--bytes', type=float, default=4, help='of one gradient; 2 for bfloat16')
    add('--devices', nargs='+', type=count, default=[1, 8, 64])
    add('--per-node', type=count, default=8, help='devices of a node')
    add('--device-rate', type=float, default=300e9, help='bytes a second within a node')
    add('--network-rate', type=float, default=50e9, help='bytes a second from node to node')
    add('--device-latency', type=float, default=1e-5, help='seconds of a message')
    add('--network-latency', type=float, default=3e-5, help='seconds of a message')
    add('--measure', action='store_true', help='two processes on this CPU instead')
    add('--size', type=count, default=128, help='side of the inputs that are measured')
    add('--repeats', type=count, default=5, help='rounds that are measured')
    add('--limit', type=float, default=240, help='seconds that the two processes may take')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Print the table."""
    from mmlandmark.apis.scaling import Links, Step, scale
    from mmlandmark.evaluation.functional import render_table

    if args.measure:
        from scaling_processes import measured_rows

        rows = measured_rows(args.size, args.batch or 8, args.repeats, args.limit)
        print(render_table(rows, digits=3))
        return
    step = Step(args.seconds, args.backward, args.batch or 64, args.parameters, args.bytes)
    links = Links(
        args.device_rate,
        args.network_rate,
        args.device_latency,
        args.network_latency,
        args.per_node,
    )
    rows = [vars(scale(step, devices, links)) for devices in args.devices]
    print(f'{step.bytes / 1e6:.4g} MB of gradients a step')
    print(render_table(rows, digits=4))


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
