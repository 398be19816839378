"""Packaging. The OpenMMLab stack is not a requirement: see docs/install.md for why."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# What `mim` and `mmlandmark::...` configs look for inside an installed package, in `.mim`.
SHIPPED = ('configs', 'tools')
MODEL_INDEX = 'Import:\n- metafile.yml\n'


def read_version() -> str:
    """Return the version without importing the package."""
    names: dict[str, str] = {}
    exec((ROOT / 'mmlandmark' / 'version.py').read_text(encoding='utf-8'), names)
    return names['__version__']


def requirements(name: str) -> list[str]:
    """Return the lines of requirements/NAME.txt that are not comments."""
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text(encoding='utf-8').splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith('#')]


def metafile() -> str:
    """Return the list of configs that `mim search` and MMEngine's hub read, by folder.

    It names no weights, as none are published, and no config that only others build on.
    """
    paths = [path.relative_to(ROOT / 'configs') for path in (ROOT / 'configs').rglob('*.py')]
    configs = sorted(path for path in paths if path.parts[0] != '_base_')
    stems = [path.stem for path in configs]
    folders = sorted({path.parts[0] for path in configs})
    lines = ['Collections:', *(f'- Name: {folder}' for folder in folders), 'Models:']
    for path in configs:
        # mim keeps one config of each name
        name = path.stem if stems.count(path.stem) == 1 else path.with_suffix('').as_posix()
        lines += [f'- Name: {name}', f'  In Collection: {path.parts[0]}']
        lines.append(f'  Config: configs/{path.as_posix()}')
    return '\n'.join(lines) + '\n'


def write_index(target: Path) -> None:
    """Write the list of configs into a `.mim` folder."""
    (target / 'model-index.yml').write_text(MODEL_INDEX, encoding='utf-8')
    (target / 'metafile.yml').write_text(metafile(), encoding='utf-8')


def link_extras() -> None:
    """Link configs and tools into mmlandmark/.mim, for an installation in editable mode."""
    target = ROOT / 'mmlandmark' / '.mim'
    target.mkdir(exist_ok=True)
    for name in SHIPPED:
        place = target / name
        if not place.is_symlink():
            place.symlink_to(os.path.relpath(ROOT / name, target), target_is_directory=True)
    write_index(target)


class BuildWithExtras(build_py):
    """Copies configs and tools into the built package; the source tree stays as it is."""

    def run(self) -> None:
        """Build."""
        super().run()
        if getattr(self, 'editable_mode', False):
            return
        target = Path(self.build_lib) / 'mmlandmark' / '.mim'
        shutil.rmtree(target, ignore_errors=True)
        for name in SHIPPED:
            ignore = shutil.ignore_patterns('__pycache__', '*.pyc')
            shutil.copytree(ROOT / name, target / name, ignore=ignore)
        write_index(target)


if {'develop', 'editable_wheel'} & set(sys.argv):
    link_extras()
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
    package_data={'mmlandmark': ['py.typed'], 'mmlandmark.viewer': ['page/*']},
    include_package_data=True,
    entry_points={'console_scripts': ['mmlandmark=mmlandmark.cli.main:main']},
    cmdclass={'build_py': BuildWithExtras},
    install_requires=requirements('runtime'),
    extras_require={
        'stack': requirements('stack'),
        'mim': requirements('mminstall'),
        'dev': requirements('tests'),
        'timm': requirements('timm'),
        'segmentation': requirements('segmentation'),
        'mediapipe': requirements('mediapipe'),
        'export': requirements('export'),
        'viewer': requirements('viewer'),
        'docs': requirements('docs'),
    },
    classifiers=[
        'Programming Language :: Python :: 3',
        *(f'Programming Language :: Python :: 3.{minor}' for minor in range(10, 14)),
        'License :: OSI Approved :: Apache Software License',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
)
