"""Packaging. The OpenMMLab stack is not a requirement: see docs/install.md for why."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent
# What `mim` and `mmlandmark::...` configs look for inside an installed package.
SHIPPED = ('configs', 'tools')
LINKING = {'develop', 'editable_wheel'}
COPYING = {'sdist', 'bdist_wheel'}


def read_version() -> str:
    """Return the version without importing the package."""
    names: dict[str, str] = {}
    exec((ROOT / 'mmlandmark' / 'version.py').read_text(encoding='utf-8'), names)
    return names['__version__']


def requirements(name: str) -> list[str]:
    """Return the lines of requirements/NAME.txt that are not comments."""
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text(encoding='utf-8').splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith('#')]


def ship_extras() -> None:
    """Put configs and tools under mmlandmark/.mim: as links for development, else as copies."""
    commands = set(sys.argv)
    if not commands & (LINKING | COPYING):
        return
    target = ROOT / 'mmlandmark' / '.mim'
    target.mkdir(exist_ok=True)
    for name in SHIPPED:
        source, place = ROOT / name, target / name
        if not source.exists():
            # Unpacked from an sdist: the copies are there already.
            continue
        if place.is_symlink():
            place.unlink()
        elif place.exists():
            shutil.rmtree(place)
        if commands & LINKING:
            place.symlink_to(os.path.relpath(source, target), target_is_directory=True)
        else:
            shutil.copytree(source, place, ignore=shutil.ignore_patterns('__pycache__', '*.pyc'))


ship_extras()
setup(
    name='mmlandmark',
    version=read_version(),
    description='Move between keypoint definitions: a plugin for MMPose',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8')
    if (ROOT / 'README.md').exists()
    else '',
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    python_requires='>=3.10,<3.14',
    packages=find_packages(include=['mmlandmark', 'mmlandmark.*']),
    package_data={'mmlandmark': ['py.typed']},
    include_package_data=True,
    install_requires=requirements('runtime'),
    extras_require={
        'stack': requirements('stack'),
        'mim': requirements('mminstall'),
        'dev': requirements('tests'),
    },
    classifiers=[
        'Programming Language :: Python :: 3',
        *(f'Programming Language :: Python :: 3.{minor}' for minor in range(10, 14)),
        'License :: OSI Approved :: Apache Software License',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
)
