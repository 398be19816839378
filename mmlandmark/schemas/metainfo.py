"""Between a keypoint schema and the two forms in which MMPose keeps one.

The raw form is the ``dataset_info`` dict of a config file; the parsed form is what MMPose's
``parse_pose_metainfo`` makes of it. The extra keys ``regions``, ``normalizers``,
``layout`` and ``description`` are carried by the raw form and ignored by MMPose.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas.checks import BODY_HALVES, swaps_from_partners
from mmlandmark.schemas.locate import shipped_files

if TYPE_CHECKING:
    from mmlandmark.schemas.schema import KeypointSchema

# MMPose's colours for entries that state none.
KEYPOINT_COLOR = (255, 128, 0)
LINK_COLOR = (96, 96, 255)


def schema_arguments(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the constructor arguments of a schema from either form.

    Raises:
        LandmarkError: Neither form, or swaps or regions that contradict each other.
    """
    if 'keypoint_info' in info:
        arguments = _from_raw(info)
    elif 'keypoint_id2name' in info:
        arguments = _from_parsed(info)
    else:
        raise LandmarkError(
            'metainfo has neither keypoint_info (a raw dataset_info) nor keypoint_id2name '
            f'(parsed by MMPose); found {", ".join(map(str, info)) or "nothing"}'
        )
    arguments['regions'] = _merge_regions(
        arguments['name'], info.get('regions', {}), arguments['regions']
    )
    for key in ('normalizers', 'layout', 'description'):
        if key in info:
            arguments[key] = info[key]
    return arguments


def dataset_info(schema: KeypointSchema) -> dict[str, Any]:
    """Return the raw form of a schema."""
    partner = {}
    for first, second in schema.swaps:
        partner[first], partner[second] = second, first
    half = {n: r.split('_')[0] for r in BODY_HALVES for n in schema.regions.get(r, ())}
    links = zip(schema.skeleton, schema.skeleton_colors, strict=True)
    return {
        'dataset_name': schema.name,
        'description': schema.description,
        'keypoint_info': {
            i: {
                'name': name,
                'id': i,
                'color': list(schema.colors[i]),
                'type': half.get(name, ''),
                'swap': partner.get(name, ''),
            }
            for i, name in enumerate(schema.keypoints)
        },
        'skeleton_info': {
            i: {'link': link, 'id': i, 'color': list(color)}
            for i, (link, color) in enumerate(links)
        },
        'joint_weights': list(schema.weights),
        'sigmas': list(schema.sigmas),
        'regions': {r: list(n) for r, n in schema.regions.items() if r not in BODY_HALVES},
        'normalizers': {label: list(ends) for label, ends in schema.normalizers.items()},
        'layout': {name: list(place) for name, place in schema.layout.items()},
    }


def find_dataset_info(path: str | Path) -> Path:
    """Return a ``from_file`` path, looked up among the shipped files and MMPose's if need be.

    MMPose's configs name its files relative to its own checkout; like MMPose, an installed
    package is searched for a file of the same name.

    Raises:
        LandmarkError: There is no such file.
    """
    path = Path(path)
    if path.is_file():
        return path
    if path.parent.name == 'schemas' and path.stem in (shipped := shipped_files('schemas', '.py')):
        return shipped[path.stem]
    spec = importlib.util.find_spec('mmpose')
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        candidate = Path(folder, '.mim', 'configs', '_base_', 'datasets', path.name)
        if candidate.is_file():
            return candidate
    raise LandmarkError(f'{path}: there is no such dataset_info file')


def _from_raw(info: Mapping[str, Any]) -> dict[str, Any]:
    name = str(info.get('dataset_name', 'unnamed'))
    points = _in_order(name, info['keypoint_info'], 'keypoint_info')
    for index, point in enumerate(points):
        if not isinstance(point, Mapping) or 'name' not in point:
            raise LandmarkError(f'schema {name!r}: keypoint {index} has no name')
    keypoints = [point['name'] for point in points]
    partners = {p['name']: p['swap'] for p in points if p.get('swap') not in (None, '', p['name'])}
    links = _in_order(name, info.get('skeleton_info', {}), 'skeleton_info')
    for index, link in enumerate(links):
        if 'link' not in link:
            raise LandmarkError(f'schema {name!r}: skeleton entry {index} has no link')
    halves = {
        region: tuple(p['name'] for p in points if p.get('type') == region.split('_')[0])
        for region in BODY_HALVES
    }
    return {
        'name': name,
        'keypoints': keypoints,
        'swaps': swaps_from_partners(name, partners, keypoints),
        'skeleton': [link['link'] for link in links],
        'sigmas': _numbers(info.get('sigmas')),
        'weights': _numbers(info.get('joint_weights')),
        'colors': _colors(points, KEYPOINT_COLOR),
        'skeleton_colors': _colors(links, LINK_COLOR),
        'regions': {region: names for region, names in halves.items() if names},
    }


def _from_parsed(info: Mapping[str, Any]) -> dict[str, Any]:
    name = str(info.get('dataset_name', 'unnamed'))
    names = _in_order(name, info['keypoint_id2name'], 'keypoint_id2name')
    flips = info.get('flip_indices', range(len(names)))
    partners = {n: names[int(flip)] for n, flip in zip(names, flips, strict=True)}
    partners = {n: other for n, other in partners.items() if n != other}
    halves = {r: [names[i] for i in info.get(f'{r}_ids', ())] for r in BODY_HALVES}
    return {
        'name': name,
        'keypoints': names,
        'swaps': swaps_from_partners(name, partners, names),
        'skeleton': [(names[a], names[b]) for a, b in info.get('skeleton_links', ())],
        'sigmas': _numbers(info.get('sigmas')),
        'weights': _numbers(info.get('dataset_keypoint_weights')),
        'colors': _rows(info.get('keypoint_colors')),
        'skeleton_colors': _rows(info.get('skeleton_link_colors')),
        'regions': {region: names for region, names in halves.items() if names},
    }


def _in_order(schema: str, entries: Mapping[Any, Any], where: str) -> list[Any]:
    """Return the values of a dict keyed 0, 1, 2, ... (JSON makes strings of the keys)."""
    by_id = {int(key): value for key, value in entries.items()}
    if sorted(by_id) != list(range(len(entries))):
        raise LandmarkError(
            f'schema {schema!r}: the keys of {where} must be 0 to {len(entries) - 1}, '
            f'found {sorted(by_id)}'
        )
    return [by_id[index] for index in range(len(entries))]


def _merge_regions(
    schema: str, stated: Mapping[str, Any], halves: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    for region, names in halves.items():
        if region in stated and set(stated[region]) != set(names):
            raise LandmarkError(
                f'schema {schema!r}: region {region!r} does not agree with the keypoints of type '
                f'{region.split("_")[0]!r}'
            )
    return {**stated, **halves}


def _numbers(values: Any) -> tuple[float, ...] | None:
    """Return floats; the shortest ones where MMPose has rounded them to float32."""
    if values is None or len(values) == 0:
        return None
    if isinstance(values, np.ndarray) and values.dtype == np.float32:
        return tuple(float(str(value)) for value in values)
    return tuple(values)


def _colors(entries: list[Mapping[str, Any]], default: tuple[int, ...]) -> list[Any] | None:
    if not any('color' in entry for entry in entries):
        return None
    return [entry.get('color', default) for entry in entries]


def _rows(colors: Any) -> list[tuple[int, ...]] | None:
    return None if colors is None or len(colors) == 0 else [tuple(map(int, c)) for c in colors]
