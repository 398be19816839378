"""Schemas and mappings in words: what a person checks before data are labelled or trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mmlandmark.schemas.checks import Side
from mmlandmark.schemas.mapping import Mapping
from mmlandmark.schemas.schema import KeypointSchema


def describe_schema(schema: KeypointSchema) -> str:
    """Return a table of the keypoints, and the links, regions and normalizers below it."""
    partners = dict(pair for swap in schema.swaps for pair in (swap, swap[::-1]))
    regions = {
        name: ', '.join(region for region, members in schema.regions.items() if name in members)
        for name in schema.keypoints
    }
    rows = [
        (str(index), name, partners.get(name, 'itself'), f'{sigma:g}', regions[name] or '-')
        for index, (name, sigma) in enumerate(zip(schema.keypoints, schema.sigmas, strict=True))
    ]
    midline = schema.num_keypoints - 2 * len(schema.swaps)
    placed = len(schema.layout)
    lines = [
        f'{schema.name}: {schema.num_keypoints} keypoints, {len(schema.swaps)} left/right pairs, '
        f'{midline} on the midline; {placed} have a place in drawings',
        '',
        *_table(('', 'keypoint', 'mirrored', 'sigma', 'regions'), rows),
        '',
        f'links: {", ".join(f"{a}-{b}" for a, b in schema.skeleton) or "none"}',
        'normalizers: ' + ('; '.join(map(_normalizer, schema.normalizers.items())) or 'none'),
    ]
    return '\n'.join(lines)


def describe_mapping(mapping: Mapping) -> str:
    """Return a table of the rules, what is not given, and whether a mirror image agrees."""
    rows = [
        (target, ' + '.join(_share(weight, source) for source, weight in rule.items()))
        for target, rule in mapping.rules.items()
    ]
    flips = 'the same' if mapping.commutes_with_flip() else 'something else'
    lines = [
        f'{mapping.name}: {mapping.source.name} -> {mapping.target.name}',
        '',
        *_table((mapping.target.name, f'from {mapping.source.name}'), rows),
        '',
        mapping.coverage,
        f'a mirror image gives {flips}',
    ]
    return '\n'.join(lines)


def _share(weight: float, source: str) -> str:
    return source if weight == 1 else f'{weight:.3g} {source}'


def _normalizer(named: tuple[str, tuple[Side, Side]]) -> str:
    name, ends = named
    return f'{name} from {" to ".join(end if isinstance(end, str) else _mean(end) for end in ends)}'


def _mean(names: Iterable[str]) -> str:
    return f'the mean of {", ".join(names)}'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        '  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
