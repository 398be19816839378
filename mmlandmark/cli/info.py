"""``mmlandmark info``: versions, devices, and which optional parts are installed."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence

from mmlandmark._stack import install_command, missing_packages
from mmlandmark.version import __version__

_STACK = ('mmengine', 'mmcv', 'mmcv-lite', 'mmdet', 'mmpose', 'torch', 'torchvision', 'numpy')
# part -> (the distributions that it takes, what it is for)
_OPTIONAL = {
    'timm': (('timm',), 'TimmBackbone, DINOv2'),
    'segmentation': (('segmentation-models-pytorch', 'timm'), 'SmpBackbone'),
    'mediapipe': (('mediapipe',), 'landmark files of hands and faces'),
    'vit': (('mmpretrain',), "MMPose's ViTPose configs"),
    'export': (('onnx', 'onnxruntime'), 'mmlandmark export'),
    'viewer': (('fastapi', 'uvicorn'), 'mmlandmark view'),
    'docs': (('mkdocs', 'mkdocs-material'), 'the documentation site'),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Print what is installed here; 0 if models can be trained and tested, else 1."""
    parser = argparse.ArgumentParser(prog='mmlandmark info', description=__doc__)
    parser.add_argument('--json', action='store_true', help='for programs, or a bug report')
    parser.add_argument('--debug', action='store_true', help='as with the other commands')
    args = parser.parse_args(argv)
    found = collect()
    print(json.dumps(found, indent=2) if args.json else as_text(found))
    return 0 if not found['missing'] else 1


def collect() -> dict:
    """Return what ``mmlandmark info --json`` prints."""
    missing = missing_packages()
    return {
        'mmlandmark': __version__,
        'python': platform.python_version(),
        'platform': platform.platform(),
        'packages': {name: version for name in _STACK if (version := version_of(name))},
        'missing': list(missing),
        'install': install_command(missing) if missing else None,
        'devices': devices() if 'torch' not in missing else [],
        'optional': {
            part: {
                'for': purpose,
                'installed': {name: version_of(name) for name in names},
            }
            for part, (names, purpose) in _OPTIONAL.items()
        },
    }


def version_of(distribution: str) -> str | None:
    """Return the installed version of a distribution, None if it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def devices() -> list[str]:
    """Return where torch can compute, one line a device."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()
    found = [f'cpu: {cores} cores, {torch.get_num_threads()} threads']
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        memory = properties.total_memory / 2**30
        found.append(f'cuda:{index}: {properties.name}, {memory:.0f} GiB')
    if torch.backends.mps.is_available():
        found.append('mps')
    return found


def as_text(found: dict) -> str:
    """Return the same for people."""
    lines = [
        f'mmlandmark {found["mmlandmark"]}, Python {found["python"]}, {found["platform"]}',
        '',
        *(f'  {name:12} {version}' for name, version in found['packages'].items()),
    ]
    if found['missing']:
        lines += [f'  missing: {", ".join(found["missing"])}', f'  {found["install"]}']
    lines += ['', 'devices', *(f'  {device}' for device in found['devices'])]
    lines += ['', 'optional parts']
    for part, state in found['optional'].items():
        lacking = [name for name, version in state['installed'].items() if version is None]
        have = ', '.join(f'{name} {v}' for name, v in state['installed'].items() if v)
        status = f'not installed: {", ".join(lacking)}' if lacking else have
        lines.append(f'  {part:13} {status}  ({state["for"]})')
    return '\n'.join(lines)
