"""Time building a union of 14 schemas with some 600 points in all."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

from mmlandmark.options import count
from mmlandmark.schemas import KeypointSchema, SchemaUnion, get_schema, list_schemas


def fourteen_members() -> list[KeypointSchema]:
    """Return the shipped schemas, and renamed copies of some, 14 in all."""
    members = [get_schema(name) for name in list_schemas()]
    again = ('face68', 'face68', 'face68', 'face48', 'face48', 'dogflw46')
    members += [replace(get_schema(n), name=f'{n}_{i}') for i, n in enumerate(again)]
    return members[:14]


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--repeat', type=count, default=5, help='the best of how many')
    repeat = parser.parse_args().repeat
    members = fourteen_members()
    points = sum(member.num_keypoints for member in members)
    for merge in ('names', 'none'):
        times = []
        for _ in range(repeat):
            start = time.perf_counter()
            union = SchemaUnion.build(*members, merge=merge)
            for member in members:
                union.channel_indices(member.name)
            times.append(time.perf_counter() - start)
        print(
            f'{len(members)} schemas, {points} points, merge={merge!r}: {union.num_channels} '
            f'channels in {1000 * min(times):.1f} ms'
        )


if __name__ == '__main__':
    main()
