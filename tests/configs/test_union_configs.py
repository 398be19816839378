"""The configs of several data sets: each builds, takes a step and is evaluated."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.hooks import Hook  # noqa: E402
from mmengine.optim import build_optim_wrapper  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.annotations.pair_split import Part, split_pairs  # noqa: E402
from mmlandmark.apis.save_best import check_save_best  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

from .tiny import tiny, write_faces, write_headboxes  # noqa: E402

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
ALL = sorted(p for task in ('union', 'multi_decoder') for p in (CONFIGS / task).glob('*.py'))
PARTS = [
    'face68_train=0.35:source',
    'face48_train=0.35:target',
    'face68_val=0.15:source',
    'face48_val=0.15:target',
]
UNION21 = 'union/td-hm_hrnet-w32_8xb64-210e_coco+mpii-256x192_union21.py'
needs_vit = pytest.mark.skipif(
    not importlib.util.find_spec('mmpretrain'),
    reason='ViTPose needs mmpretrain: pip install --no-deps -r requirements/vit.txt',
)


def split(pairs: Path, folder: Path) -> None:
    split_pairs(pairs, folder, [Part.parse(part) for part in PARTS], by='identity')
    for whole in ('test', 'dev'):
        split_pairs(pairs, folder, whole=whole)


@pytest.fixture(scope='module')
def data(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('data')
    (folder / 'mmpose_samples').symlink_to(shared_data / 'mmpose_samples')
    write_faces(shared_data / 'face68_face48' / 'train.json', folder / 'faces', split)
    write_headboxes(folder / 'headboxes.mat')
    (folder / 'OUHANDS').symlink_to(shared_data / 'ouhands_layout')
    return folder


@pytest.fixture(autouse=True)
def plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configs are written as they are: laying them out takes longer than all else here."""
    monkeypatch.setattr(Runner, '_log_env', lambda self, cfg: None)
    monkeypatch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))


def configs(paths: list[Path]) -> list:
    marks = {True: [needs_vit], False: []}
    names = [f'{p.parent.name}/{p.stem}' for p in paths]
    return [
        pytest.param(p, marks=marks['ViTPose' in p.stem], id=n)
        for p, n in zip(paths, names, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize('path', configs(ALL))
def test_the_config_trains_and_is_evaluated(path: Path, data: Path, tmp_path: Path) -> None:
    cfg = tiny(path, data, tmp_path)
    runner, seen = Runner.from_cfg(cfg), Watch()
    runner.register_hook(seen)
    runner.train()
    names = list(cfg.train_dataloader.dataset.datasets)
    for name in names:
        assert math.isfinite(seen.outputs[f'loss_kpt/{name}'])
        assert any(key.startswith(f'{name}/') for key in seen.metrics)
    best = cfg.default_hooks.checkpoint.save_best
    assert best in seen.metrics
    assert list(tmp_path.glob('best_*.pth')) and (tmp_path / 'epoch_1.pth').is_file()
    if 'face' in path.stem:
        assert set(runner.test()) == set(seen.metrics)


FACES = [CONFIGS / 'face_formats' / f'hrnetv2-w16s_{name}.py' for name in ('face68', 'face48')]
BOTH = [FACES[0].with_stem(f'hrnetv2-w16s_{name}') for name in ('union', 'decoders')]


@pytest.mark.slow
@pytest.mark.parametrize('path', FACES + BOTH, ids=lambda path: path.stem)
def test_the_compared_configs_train_and_are_tested(path: Path, data: Path, tmp_path: Path) -> None:
    runner = Runner.from_cfg(tiny(path, data, tmp_path))
    runner.train()
    measured = {key.split('/')[0] for key in runner.test()} - {'pooled'}
    assert measured == ({'face68', 'face48'} if path in BOTH else {path.stem.rsplit('_', 1)[1]})
    if path != FACES[0]:
        return
    # the plain checkpoint serves the config that converts its points
    cfg = tiny(path.with_stem(f'{path.stem}_on-face48'), data, tmp_path / 'converted')
    cfg.load_from = str(tmp_path / 'epoch_1.pth')
    assert any(key.startswith('face48/NME') for key in Runner.from_cfg(cfg).test())


def test_the_compared_configs_differ_in_the_head_and_the_data_sets_only() -> None:
    settings = [Config.fromfile(path) for path in FACES + BOTH]
    for key in ('train_cfg', 'optim_wrapper', 'param_scheduler', 'train_pipeline', 'val_pipeline'):
        assert all(cfg[key] == settings[0][key] for cfg in settings)
    for cfg in settings:
        assert cfg.train_dataloader.batch_size == 32
        assert cfg.model.backbone == settings[0].model.backbone
        assert cfg.test_dataloader.dataset.datasets.keys() == cfg.test_evaluator.metrics.keys()


class Watch(Hook):
    """Keeps what training and validation give."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        self.outputs = {key: float(value) for key, value in outputs.items()}

    def after_val_epoch(self, runner, metrics=None) -> None:
        self.metrics = metrics


@pytest.mark.parametrize('path', ALL, ids=lambda p: f'{p.parent.name}/{p.stem}')
def test_the_config_says_what_its_name_says(path: Path) -> None:
    cfg = Config.fromfile(path)
    kind, size, schedule, datasets = *path.stem.split('_', 2)[:1], *parts(path)
    processes, batch, epochs = schedule
    assert set(cfg.model.head.datasets) == set(datasets) == set(cfg.val_evaluator.metrics)
    for part in ('train', 'val', 'test'):
        assert set(cfg[f'{part}_dataloader'].dataset.datasets) == set(datasets)
    assert set(cfg.train_dataloader.sampler.shares) == set(datasets)
    assert cfg.train_dataloader.batch_size == cfg.train_dataloader.sampler.batch_size == batch
    assert cfg.train_cfg.max_epochs == epochs and processes == 8
    assert cfg.auto_scale_lr.base_batch_size in (processes * batch, 1024)
    affine = next(t for t in cfg.train_pipeline if t.type == 'TopdownAffine')
    assert tuple(affine.input_size) == tuple(cfg.codec.input_size) == size
    assert {'SchemaCheckHook'} <= {hook.type for hook in cfg.custom_hooks}
    assert cfg.default_hooks.checkpoint.rule in ('greater', 'less')
    check_save_best(cfg)
    if '_union' in path.stem:
        assert cfg.model.head.union == path.stem.rsplit('_', 1)[1]
    assert len(path.read_text().splitlines()) <= 60
    assert kind in ('td-hm', 'rtmpose-m')


def parts(path: Path) -> tuple:
    """Size (w, h), (processes, batch, epochs) and data sets that a file name promises."""
    words = path.stem.split('_')
    at = next(i for i, word in enumerate(words) if word.startswith('8xb'))
    schedule, what = words[at], words[at + 1]
    names, _, size = what.rpartition('-')
    height, width = map(int, size.split('x'))
    batch, epochs = schedule.removeprefix('8xb').removesuffix('e').split('-')
    return (width, height), (8, int(batch), int(epochs)), names.split('+')


def test_no_file_stands_where_mmpose_looks_for_its_own() -> None:
    """Its data sets read ``configs/_base_/datasets/coco.py`` of the folder one stands in."""
    folder = Path(importlib.util.find_spec('mmpose').submodule_search_locations[0])
    theirs = {p.name for p in (folder / '.mim' / 'configs' / '_base_' / 'datasets').glob('*.py')}
    assert theirs and not theirs & {p.name for p in (CONFIGS / '_base_' / 'datasets').glob('*')}


@needs_vit
def test_the_learning_rate_decays_towards_the_first_layers() -> None:
    cfg = Config.fromfile(next(p for p in ALL if 'ViTPose-small' in p.stem))
    cfg.model.backbone.pop('init_cfg')
    with DefaultScope.overwrite_default_scope('mmpose'):
        optim = build_optim_wrapper(MODELS.build(cfg.model), cfg.optim_wrapper)
    rates = {group['lr'] for group in optim.param_groups}
    assert max(rates) == cfg.optim_wrapper.optimizer.lr
    assert min(rates) == pytest.approx(max(rates) * 0.8**13)


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (
            {'model.head.datasets': dict(_delete_=True, coco='coco17')},
            "train_dataloader: .*'mpii'.*only coco",
        ),
        (
            {'model.head.datasets': dict(mpii='coco17')},
            "train_dataloader: .*data set 'mpii' is labelled in other keypoints",
        ),
        ({'train_dataloader.sampler.batch_size': 2}, 'sampler.batch_size is 2, .* takes 3'),
        ({'model.head.target_schema': 'aic14'}, "no member 'aic14'"),
        ({'model.test_cfg.target_schema': 'mpii'}, "did you mean 'mpii16'"),
        ({'model.head.union': 'union22'}, "no union 'union22'"),
    ],
)
def test_what_does_not_fit_stops_before_the_first_step(
    change: dict, words: str, data: Path, tmp_path: Path
) -> None:
    cfg = tiny(CONFIGS / UNION21, data, tmp_path)
    cfg.merge_from_dict(change)
    cfg.experiment_name = f'{cfg.experiment_name} {words}'
    with pytest.raises(LandmarkError, match=words):
        Runner.from_cfg(cfg).train()
    assert not list(tmp_path.glob('*.pth'))


def test_a_union_of_33_trains_every_channel(data: Path, tmp_path: Path) -> None:
    """A published head of 33 channels never supervises one of them."""
    cfg = tiny(CONFIGS / UNION21.replace('union21', 'union33'), data, tmp_path)
    cfg.experiment_name += ' gradients'
    cfg.train_dataloader.batch_size = cfg.train_dataloader.sampler.batch_size = 8
    cfg.train_dataloader.sampler.shares = dict(coco=1, mpii=1)
    with DefaultScope.overwrite_default_scope('mmpose'):
        torch.manual_seed(0)
        runner = Runner.from_cfg(cfg)
        touched = torch.zeros(33, dtype=torch.bool)
        for batch in runner.train_dataloader:
            runner.model.zero_grad()
            data_batch = runner.model.data_preprocessor(batch, True)
            sum(
                value
                for key, value in runner.model(**data_batch, mode='loss').items()
                if 'loss' in key
            ).backward()
            touched |= runner.model.head.final_layer.bias.grad != 0
    assert touched.all()
