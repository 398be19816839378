"""Every command that the README shows runs as it is written."""

import os
import re
import shutil
import subprocess

import orjson
import pytest
from doc_blocks import Page
from served_python import served_python
from two_sides import one_side

from mmlandmark.synthetic import make_faces, pair_document

pytest.importorskip('mmpose')
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.registry import MODELS

pytestmark = pytest.mark.slow

PAGE = Page('README.md', but=('Faces of dogs and cats, and landmarks on your own pictures',))

FEWER_STEPS = {
    'schedules/converter.py': ('max_epochs = 150', 'max_epochs = 20'),
    'datasets/pairs.py': (
        "type='ConverterHook'",
        "type='ConverterHook', inner_validation=dict(steps=20)",
    ),
}


@pytest.fixture(scope='module')
def checkout(tmp_path_factory, repo):
    """A folder that looks like the checkout, with the reader's own files in it.

    Its commands start from the server of tools; tests/tools/test_launch.py starts one by Python.
    The training takes fewer steps than the reader's.
    """
    folder = tmp_path_factory.mktemp('checkout')
    for name in ('tools', 'mmlandmark', 'docs'):
        (folder / name).symlink_to(repo / name, target_is_directory=True)
    shutil.copytree(repo / 'configs', folder / 'configs')
    for file, (settings, fewer) in FEWER_STEPS.items():
        config = folder / 'configs' / '_base_' / file
        before = config.read_text()
        assert settings in before
        config.write_text(before.replace(settings, fewer))
    environment = folder / '.venv' / 'bin'
    environment.mkdir(parents=True)
    (environment / 'activate').write_text(f'export PATH="{environment}:$PATH"\n')
    pairs = pair_document(make_faces(100, seed=3, pictures_per_identity=1))
    for name, side in (('my_68', 'source'), ('my_48', 'target'), ('more_68', 'source')):
        (folder / f'{name}.json').write_bytes(orjson.dumps(one_side(pairs, side)))
    with served_python(environment):
        yield folder


@pytest.fixture(scope='module')
def ran(checkout, repo):
    """All commands but those of make, in one shell that stops at the first failure."""
    commands = [command for command in PAGE.commands() if not command.text.startswith('make ')]
    for command in commands:
        command.take()
    script = '\n'.join(command.text for command in commands)
    done = subprocess.run(
        ['bash', '-euxo', 'pipefail', '-c', script],
        cwd=checkout,
        env={**os.environ, 'PYTHONPATH': str(repo), 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def test_commands_leave_what_the_readme_says(ran, checkout):
    output = ran.stdout + ran.stderr
    assert len(list((checkout / 'work_dirs' / 'mine').glob('best_*.pth'))) == 1
    for name in ('more_48.json', 'mapped_48.json'):
        converted = orjson.loads((checkout / name).read_bytes())
        assert len(converted['annotations'][0]['keypoints']) == 3 * 48
    assert re.search(r'^model .*\n^affine .*\n^mapping ', output, re.M)
    assert list((checkout / 'work_dirs').rglob('pictures/*.jpg'))


def test_python_runs_as_written(ran, checkout, monkeypatch, capsys):
    monkeypatch.chdir(checkout)
    for block in PAGE.python:
        if '_base_' not in block.text:
            block.run()
    assert '(48, 2) (48,)' in capsys.readouterr().out


def test_the_config_builds_as_written(repo, tmp_path):
    (tmp_path / '_base_').symlink_to(repo / 'configs' / '_base_', target_is_directory=True)
    config = tmp_path / 'mine' / 'own.py'
    config.parent.mkdir()
    config.write_text(PAGE.one('python', having='_base_').take())
    with DefaultScope.overwrite_default_scope('mmpose'):
        model = MODELS.build(Config.fromfile(config).model)
    assert model.head.final_layer.out_channels == 21
    assert list(model.head.dataset_schemas) == ['coco', 'mpii']


def test_links_and_picture_are_there(repo):
    for target in re.findall(r'\]\((?!http)([^)#]+)\)', PAGE.whole):
        assert (repo / target).exists(), target
    assert (repo / 'docs' / 'images' / 'two_schemas.png').stat().st_size < 150_000
