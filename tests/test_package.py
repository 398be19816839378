"""The package as it is installed: what imports without the stack, and what a wheel holds."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

REPO = Path(__file__).resolve().parents[1]

BLOCK = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('mmpose', 'mmengine', 'mmcv', 'mmdet'):
            raise ModuleNotFoundError(f'No module named {name!r}')
sys.meta_path.insert(0, Blocker())
"""


def python(code, cwd, *args, **env):
    return subprocess.run(
        [sys.executable, '-c', code, *args],
        cwd=cwd,
        env={**os.environ, 'OMP_NUM_THREADS': '1', **env},
        capture_output=True,
        text=True,
    )


NEED_STACK = ['apis.launch', 'datasets', 'evaluation.metrics', 'engine']

MAPPED = ['convert', '--mapping', 'face68-to-face48', 'in.json', 'out.json']
COMMANDS = [
    ['train', 'config.py'],
    ['audit', '--help'],
    ['export', 'a.pth', 'a.onnx'],
    ['convert', 'a.pth', 'in.json', 'out.json'],
    [*MAPPED, '--report', 'r.html'],
    [*MAPPED, '--show-dir', 'drawn'],
    MAPPED,
    ['schema', 'coco18'],
]


@pytest.fixture(scope='module')
def without_stack(tmp_path_factory):
    """What a Python without the stack says of each module that needs it, after the others."""
    code = """
import mmlandmark
import mmlandmark.schemas, mmlandmark.geometry, mmlandmark.annotations
import mmlandmark.models.converters, mmlandmark.evaluation.functional
from mmlandmark.apis import ConversionReport, convert_coco, convert_file
assert not [m for m in sys.modules if m.split('.')[0] in ('mmpose', 'mmengine', 'mmcv')]
assert mmlandmark.schemas.get_schema('coco17').num_keypoints == 17
import importlib, traceback
for name in sys.argv[1:]:
    try:
        importlib.import_module(f'mmlandmark.{name}')
    except Exception as error:
        print(*traceback.format_exception_only(error), sep='', end='')
from mmlandmark.cli.main import main
for words in COMMANDS:
    assert main(words) == 2
"""
    code = f'COMMANDS = {COMMANDS}' + code
    return python(BLOCK + code, tmp_path_factory.mktemp('elsewhere'), *NEED_STACK)


def test_what_needs_no_stack_imports_without_it(without_stack):
    assert without_stack.returncode == 0, without_stack.stderr


def test_schemas_import_without_torch(tmp_path):
    run = python(
        "import sys; sys.modules['torch'] = None\nimport mmlandmark.schemas as s\n"
        "assert s.get_schema('face68').num_keypoints == 68",
        tmp_path,
    )
    assert run.returncode == 0, run.stderr


def test_what_needs_the_stack_says_in_one_line_what_to_install(without_stack):
    for name, line in zip(NEED_STACK, without_stack.stdout.splitlines(), strict=True):
        needs = f'mmlandmark.{name} needs mmengine, mmcv, mmdet, mmpose'
        assert line.startswith(f'ImportError: {needs}')
        assert line.endswith(
            'pip install --no-deps mmengine==0.10.7 mmcv-lite==2.1.0 mmdet==3.3.0 mmpose==1.3.2'
        )


def test_commands_without_the_stack_say_in_one_line_what_to_install(without_stack):
    """What converts by a mapping does without, and so do schemas: they miss their input only."""
    *need, mapped, schema = without_stack.stderr.splitlines()
    for words, line in zip(COMMANDS[:-2], need, strict=True):
        who = words[5] if words[: len(MAPPED)] == MAPPED else f'mmlandmark {words[0]}'
        assert line.startswith(f'error: {who} needs mmengine, mmcv, mmdet, mmpose; install with: ')
    assert mapped.startswith('error: in.json: cannot be read')
    assert 'coco18' in schema and "did you mean 'coco17'" in schema


def test_the_command_names_only_what_is_missing():
    from mmlandmark._stack import install_command

    assert install_command(('mmpose',)) == 'pip install --no-deps mmpose==1.3.2'
    assert install_command(('torch', 'mmcv')) == (
        "pip install 'mmlandmark[stack]' && pip install --no-deps mmcv-lite==2.1.0"
    )


@pytest.fixture(scope='module')
def copy(tmp_path_factory):
    """A copy of the files that packaging reads, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp('copy')
    for name in ('mmlandmark', 'configs', 'tools', 'requirements'):
        ignore = shutil.ignore_patterns('__pycache__', '.mim')
        shutil.copytree(REPO / name, folder / name, ignore=ignore)
    for name in ('setup.py', 'pyproject.toml', 'MANIFEST.in', 'README.md', 'LICENSE', '.gitignore'):
        if (REPO / name).exists():
            shutil.copy(REPO / name, folder)
    if shutil.which('git'):
        git(folder, 'init', '-q')
        git(folder, 'add', '--all')
    return folder


def git(folder, *args):
    return subprocess.run(['git', *args], cwd=folder, check=True, capture_output=True, text=True)


@pytest.fixture(scope='module')
def wheel(copy):
    subprocess.run(
        [sys.executable, '-m', 'pip', 'wheel', '.', '--no-deps', '--no-build-isolation', '-q']
        + ['-w', 'wheels'],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    (path,) = (copy / 'wheels').glob('*.whl')
    return path


def test_a_wheel_holds_the_package_and_its_configs_only(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split('/')[0] for name in names}
    assert tops == {'mmlandmark', f'mmlandmark-{wheel.name.split("-")[1]}.dist-info'}
    assert 'mmlandmark/py.typed' in names
    assert 'mmlandmark/.mim/configs/_base_/schemas/coco17.py' in names
    assert 'mmlandmark/.mim/tools/dist_train.sh' in names
    # without which MMEngine finds no base config of the package
    assert 'mmlandmark/.mim/model-index.yml' in names
    listed, configs = listed_configs(zipfile.ZipFile(wheel)), REPO / 'configs'
    leaves = [p.relative_to(REPO).as_posix() for p in configs.rglob('*.py')]
    assert sorted(listed.values()) == sorted(p for p in leaves if '/_base_/' not in p)
    assert listed['td-hm_hrnetv2-w16s_drawn-64x64'].startswith('configs/dogflw/')
    assert {f'mmlandmark/.mim/{path}' for path in listed.values()} <= set(names)
    assert not [n for n in names if '__pycache__' in n]
    metadata = next(n for n in names if n.endswith('METADATA'))
    required = [
        line.split(':')[1].strip()
        for line in zipfile.ZipFile(wheel).read(metadata).decode().splitlines()
        if line.startswith('Requires-Dist') and 'extra' not in line
    ]
    assert not [r for r in required if r.startswith('mm')], 'pip would pull chumpy through mmpose'


def listed_configs(wheel):
    """Name -> path of the configs that ``mim search`` lists; it keeps one of each name."""
    index = yaml.safe_load(wheel.read('mmlandmark/.mim/model-index.yml'))
    meta = [yaml.safe_load(wheel.read(f'mmlandmark/.mim/{path}')) for path in index['Import']]
    models = [model for content in meta for model in content['Models']]
    collections = {c['Name'] for content in meta for c in content['Collections']}
    assert {model['In Collection'] for model in models} == collections
    assert len({model['Name'] for model in models}) == len(models)
    return {model['Name']: model['Config'] for model in models}


def test_an_installed_wheel_finds_its_configs_from_anywhere(wheel, tmp_path):
    subprocess.run(
        [sys.executable, '-m', 'pip', 'install', '-q', '--no-deps', '--target', 'site', str(wheel)],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    code = """
import mmlandmark
from mmlandmark.schemas import get_schema, list_schemas
assert mmlandmark.__file__.startswith(SITE)
assert get_schema('coco17').num_keypoints == 17 and len(list_schemas()) >= 8
import mmlandmark.annotations.formats.convert
"""
    site = tmp_path / 'site'
    run = python(BLOCK + f'SITE = {str(site)!r}\n' + code, tmp_path, PYTHONPATH=str(site))
    assert run.returncode == 0, run.stderr


@pytest.mark.skipif(shutil.which('git') is None, reason='no git')
def test_building_leaves_nothing_that_git_sees(copy, wheel):
    assert (copy / 'build').is_dir() and not (copy / 'mmlandmark' / '.mim').exists()
    status = git(copy, 'status', '--short', '--untracked-files=all').stdout
    untracked = [line.split()[1] for line in status.splitlines() if line.startswith('??')]
    assert untracked == [f'wheels/{wheel.name}']
