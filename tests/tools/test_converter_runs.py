"""A converter trained, tested and used by the tools, elsewhere, on a tiny pair file."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import numpy as np  # noqa: E402
import torch  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from pair_batches import write_pairs  # noqa: E402
from processes import run_tool  # noqa: E402

from mmlandmark.apis import LandmarkConverterInferencer, launch  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402

REPO = Path(__file__).resolve().parents[2]
CONFIGS = REPO / 'configs' / 'converter'
FACES = CONFIGS / 'face68-to-face48_residual.py'
AFFINE = CONFIGS / 'face68-to-face48_affine.py'


def quick(pairs: Path, **more: object) -> list[str]:
    """Options that make a training short: other pairs, small batches, two epochs."""
    options = {
        'train_dataloader.batch_size': 8,
        'train_cfg.max_epochs': 2,
        'train_cfg.val_interval': 1,
        'custom_hooks.0.inner_validation': False,
    }
    options |= {f'{n}_dataloader.dataset.ann_file': pairs for n in ('train', 'val', 'test')}
    options |= {name.replace('__', '.'): value for name, value in more.items()}
    return ['--cfg-options', *(f'{name}={value}' for name, value in options.items())]


def command(folder: Path, tool: str, *args: object) -> str:
    """Run a tool in a folder as a user would; its output."""
    done = run_tool(f'tools/{tool}', *args, cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f'tool_{name}', REPO / 'tools' / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Run a tool inside this process (imports cost seconds), in a folder of its own."""
    monkeypatch.setattr(Runner, '_log_env', lambda self, cfg: None)
    monkeypatch.chdir(tmp_path)
    for name in [n for n in os.environ if n.startswith('MMLANDMARK_')]:
        monkeypatch.delenv(name)

    def run(name: str, *args: object) -> int:
        monkeypatch.setattr(sys, 'argv', [name, *map(str, args)])
        module = tool(name)
        return launch.run(module.main, module.parse_args())

    return run


@pytest.fixture(scope='module')
def pairs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp('pairs')
    return write_pairs(folder / 'pairs.json', get_schema('face68'), get_schema('face48'), 60)


@pytest.fixture(scope='module')
def trained(pairs, tmp_path_factory) -> Path:
    """The work dir of two epochs, started from a folder that is not the checkout."""
    folder = tmp_path_factory.mktemp('elsewhere')
    command(folder, 'train.py', FACES, '--work-dir', 'out', *quick(pairs))
    return folder / 'out'


def best(work_dir: Path) -> Path:
    (path,) = work_dir.glob('best_*.pth')
    return path


@pytest.mark.slow
def test_training_leaves_a_best_checkpoint_and_a_log_for_tensorboard(trained):
    assert best(trained).stat().st_size > 0
    assert (trained / FACES.name).is_file()
    assert list(trained.rglob('events.out.tfevents.*'))


@pytest.mark.slow
def test_testing_prints_the_model_beside_its_baselines(pairs, trained, tmp_path):
    args = (FACES, best(trained), '--work-dir', tmp_path, '--out', tmp_path / 'metrics.json')
    printed = command(tmp_path, 'test.py', *args, *quick(pairs))
    figures = json.loads((tmp_path / 'metrics.json').read_text())
    assert {'NME/eye_outer', 'affine/NME/eye_outer', 'mapping/NME/eye_outer'} <= {
        key.removesuffix('/common') for key in figures
    }
    assert 'affine' in printed and 'mapping' in printed


@pytest.mark.slow
def test_a_coco_file_is_converted(pairs, trained, tmp_path):
    out = tmp_path / 'converted.json'
    command(tmp_path, 'convert_keypoints.py', FACES, best(trained), pairs, out)
    result, given = json.loads(out.read_text()), json.loads(pairs.read_text())
    names = list(get_schema('face48').keypoints)
    assert result['categories'][0]['keypoints'] == names
    assert result['images'] == given['images']
    points = np.array([a['keypoints'] for a in given['annotations']]).reshape(-1, 68, 3)
    found = np.array([a['keypoints'] for a in result['annotations']]).reshape(-1, 48, 3)
    wanted = LandmarkConverterInferencer(best(trained))(points[..., :2], points[..., 2])
    np.testing.assert_allclose(found[..., :2], wanted.points, atol=2e-3)
    for one, two in zip(result['annotations'], given['annotations'], strict=True):
        assert one['keypoints_source'] == two['keypoints']
        assert one['num_keypoints'] == 48 and one['identity'] == two['identity']


def test_resuming_goes_on_where_it_stopped(here, pairs, tmp_path):
    options = {'default_hooks__checkpoint__interval': 1}
    affine = []
    for epochs, resume in ((1, []), (2, ['--resume'])):
        args = quick(
            pairs, train_cfg__max_epochs=epochs, experiment_name=f'resumed{epochs}', **options
        )
        assert here('train', FACES, '--work-dir', tmp_path, *resume, *args) == 0
        checkpoint = torch.load(tmp_path / f'epoch_{epochs}.pth', weights_only=True)
        assert checkpoint['meta']['epoch'] == epochs
        assert checkpoint['meta']['iter'] == epochs * 6  # 54 pairs in whole batches of 8
        affine.append(checkpoint['state_dict']['head.converter.affine_weight'])
    assert torch.equal(*affine)


def test_training_stops_where_nothing_gets_better(here, pairs, tmp_path):
    options = quick(
        pairs,
        train_cfg__max_epochs=40,
        optim_wrapper__optimizer__lr=0,
        custom_hooks__1__patience=2,
        default_hooks__checkpoint__interval=1,
        experiment_name='stopped',
    )
    assert here('train', FACES, '--work-dir', tmp_path, *options) == 0
    assert (tmp_path / 'epoch_3.pth').is_file() and not (tmp_path / 'epoch_6.pth').exists()


@pytest.mark.parametrize('points', [49, 51])
def test_schemas_of_the_users_own(here, tmp_path, monkeypatch, points):
    folder = CONFIGS / 'species'
    target = get_schema(folder / f'face{points}.py')
    assert target.num_keypoints == points
    file = write_pairs(tmp_path / 'pairs.json', get_schema('face68'), target, 40)
    monkeypatch.setenv('MMLANDMARK_PAIRS', str(file))
    args = ['--work-dir', tmp_path / 'out', *quick(file, train_cfg__max_epochs=1)]
    args.append(f'experiment_name=species{points}')
    assert here('train', folder / f'face68-to-face{points}_residual.py', *args) == 0
    inferencer = LandmarkConverterInferencer(best(tmp_path / 'out'))
    assert inferencer.target_schema == target
    one = np.random.default_rng(0).uniform(0, 99, (68, 2))
    assert inferencer(one).points.shape == (points, 2)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(train_cfg__max_epochs=0), 'train_cfg.max_epochs is 0; expected at least 1'),
        (dict(train_dataloader__batch_size=61), 'batch_size=61 is larger than the training set'),
        (dict(train_dataloader__dataset__ann_file='none.json'), 'none.json'),
        (dict(train_dataloader__dataset__min_source_points=69), 'no usable pair is left'),
        (dict(train_dataloader__dataset__source_schema='face6'), "did you mean 'face68'?"),
        (dict(model__target_schema='aflw21'), "target_schema 'face48', the model 'aflw21'"),
        (dict(model__head__network__type='residul'), "did you mean 'residual'?"),
        (dict(model__head__keypoint_weights__chn=2), "did you mean 'chin'?"),
    ],
)
def test_a_wrong_setting_is_one_line(here, pairs, tmp_path, capsys, changes, message):
    options = quick(pairs, experiment_name=f'wrong{abs(hash(message))}', **changes)
    assert here('train', FACES, '--work-dir', tmp_path, *options) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith('error: ')]
    assert len(lines) == 1 and message in lines[0]
    assert not list(tmp_path.glob('*.pth'))


def test_a_checkpoint_of_other_schemas_is_refused_in_one_line(here, pairs, trained, capsys):
    config = CONFIGS / 'aflw21-to-face68_residual.py'
    assert here('test', config, best(trained), *quick(pairs), 'experiment_name=other') == 2
    error = capsys.readouterr().err
    assert 'error: ' in error and "'face68'" in error and "'aflw21'" in error


def test_a_closed_form_is_trained_and_tested(here, pairs, tmp_path, capsys):
    options = quick(pairs, experiment_name='affine')
    assert here('train', AFFINE, '--work-dir', tmp_path, *options) == 0
    checkpoint = best(tmp_path)
    assert here('test', AFFINE, checkpoint, '--work-dir', tmp_path, *options) == 0
    assert 'mapping' in capsys.readouterr().out
