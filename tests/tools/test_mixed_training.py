"""COCO, MPII and AIC together, from a config, through the tools: train, resume, test."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from configs.tiny import tiny, write_headboxes  # noqa: E402
from mmengine.runner import Runner  # noqa: E402

from mmlandmark.apis import launch  # noqa: E402

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[2]
CONFIG = REPO / 'configs/union/td-hm_hrnet-w32_8xb64-210e_coco+mpii+aic-256x192_union23.py'


@pytest.fixture
def run(tmp_path, monkeypatch, shared_data):
    """Run a tool inside this process (imports cost seconds) on the config made small."""
    monkeypatch.setattr(Runner, '_log_env', lambda self, cfg: None)
    monkeypatch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('LOCAL_RANK', '0')
    (tmp_path / 'mmpose_samples').symlink_to(shared_data / 'mmpose_samples')
    write_headboxes(tmp_path / 'headboxes.mat')
    cfg = tiny(CONFIG, tmp_path, tmp_path)
    cfg.pop('experiment_name')
    cfg.pop('work_dir')
    cfg.dump(str(tmp_path / 'mixed.py'))

    def start(name: str, *args: str) -> int:
        monkeypatch.setattr(sys, 'argv', [name, 'mixed.py', *args])
        file = REPO / 'tools' / f'{name}.py'
        spec = importlib.util.spec_from_file_location(f'tool_{name}', file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return launch.run(module.main, module.parse_args())

    return start


def scalars(folder: Path) -> dict[str, float]:
    (file,) = folder.rglob('scalars.json')
    return json.loads(file.read_text().splitlines()[-1])


def test_three_data_sets_are_trained_resumed_and_tested(run, tmp_path: Path) -> None:
    # a visualizer of its own for each run, as in a process of its own
    more = ('--cfg-options', 'train_cfg.max_epochs=2', 'visualizer.name=mixed')
    assert run('train', '--work-dir', 'whole', *more) == 0
    again = ('--resume', 'whole/epoch_1.pth', *more[:-1], 'visualizer.name=mixed-resumed')
    assert run('train', '--work-dir', 'resumed', *again) == 0
    whole, resumed = (
        torch.load(folder / 'epoch_2.pth', weights_only=False)['state_dict']
        for folder in (tmp_path / 'whole', tmp_path / 'resumed')
    )
    first = torch.load('whole/epoch_1.pth', weights_only=False)['state_dict']
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    assert not all(torch.equal(whole[key], first[key]) for key in whole)

    files = ('--out', 'metrics.json', '--report', 'report.html')
    assert run('test', 'whole/epoch_2.pth', '--work-dir', 'test', *files) == 0
    report = Path('report.html').read_text()
    assert all(f'<h3 class="part">{name}</h3>' in report for name in ('mpii', 'aic'))
    assert 'samples: boxes of a detector, without labels' in report, 'COCO is tested on such'
    assert report.count('<img') == 6 and 'PCKh@0.5' in report
    assert run('test', 'no.pth', *files) == 2, 'the report is there already'
    figures, trained = json.loads(Path('metrics.json').read_text()), scalars(Path('whole'))
    assert {'coco/AP', 'mpii/PCKh@0.5', 'aic/AP'} <= figures.keys()
    assert {key: trained[key] for key in figures} == pytest.approx(figures)


def test_what_does_not_fit_is_one_line(run, tmp_path: Path, capsys) -> None:
    other = 'model.head.datasets.aic=mpii16'
    assert run('train', '--cfg-options', other) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("error: train_dataloader: UnionHeatmapHead: data set 'aic' is labelled")
    weights = 'http://127.0.0.1:9/hrnet.pth'
    assert (
        run(
            'train',
            '--cfg-options',
            'model.backbone.init_cfg.type=Pretrained',
            f'model.backbone.init_cfg.checkpoint={weights}',
        )
        == 2
    )
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f'error: cannot download {weights} (')
    assert '--cfg-options model.backbone.init_cfg.checkpoint=FILE' in said
    assert not list(tmp_path.rglob('epoch_*.pth'))
