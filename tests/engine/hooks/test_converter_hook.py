"""What the hook does around training, with a real runner on a tiny pair file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.hooks import Hook  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from pair_batches import SOURCE, TARGET, source_points, write_pairs  # noqa: E402

from mmlandmark.engine.hooks import converter_hook  # noqa: E402
from mmlandmark.engine.inner_validation import Comparison  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.converters.checkpoint import META_KEY, load_converter  # noqa: E402

STEPS = dict(type='EpochBasedTrainLoop', max_epochs=2)
ONCE = dict(type='ClosedFormTrainLoop')


@pytest.fixture(scope='module')
def pair_file(tmp_path_factory) -> Path:
    return write_pairs(tmp_path_factory.mktemp('pairs') / 'pairs.json', SOURCE, TARGET)


def make_runner(
    pair_file: Path,
    work_dir: Path,
    network: str = 'residual',
    train_cfg: dict = STEPS,
    inner_validation: Any = False,
    target: Any = TARGET,
    batch_size: int = 10,
    **options: Any,
) -> Runner:
    """A runner whose model, loop and hook are chosen; the files are SOURCE to TARGET."""
    dataset = dict(
        type='PairedKeypointDataset',
        ann_file=str(pair_file),
        source_schema=SOURCE.to_json(),
        target_schema=TARGET.to_json(),
    )
    loader = dict(
        batch_size=batch_size,
        num_workers=0,
        dataset=dataset,
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='packed_collate'),
    )
    small = {} if network == 'affine' else dict(hidden=(8, 8))
    cfg = dict(
        default_scope='mmpose',
        model=dict(
            type='LandmarkConverter',
            source_schema=SOURCE.to_json(),
            target_schema=target.to_json(),
            head=dict(network=dict(type=network, **small), mapping=None),
        ),
        work_dir=str(work_dir),
        train_dataloader=loader,
        train_cfg=train_cfg,
        optim_wrapper=dict(optimizer=dict(type='AdamW', lr=1e-3)),
        default_hooks=dict(
            checkpoint=dict(type='CheckpointHook', interval=1), runtime_info=None, logger=None
        ),
        custom_hooks=[dict(type='ConverterHook', inner_validation=inner_validation)],
        visualizer=dict(type='Visualizer', vis_backends=[]),
        log_level='WARNING',
        experiment_name=f'{work_dir.name}_{network}',
    )
    return Runner.from_cfg(Config(cfg | options))


@pytest.fixture(scope='module')
def trained(pair_file, tmp_path_factory) -> Path:
    """The work dir of a training of two epochs."""
    work_dir = tmp_path_factory.mktemp('trained')
    make_runner(pair_file, work_dir).train()
    return work_dir


class Watch(Hook):
    """Keeps the affine weights that the first step sees."""

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        if batch_idx == 0 and runner.epoch == 0:
            converter = runner.model.head.converter
            self.fitted = bool(converter.fitted)
            self.weight = converter.affine_weight.clone()


def test_the_base_is_fitted_before_the_first_step_and_stays(pair_file, tmp_path):
    runner, watch = make_runner(pair_file, tmp_path), Watch()
    runner.register_hook(watch)
    before = runner.model.head.converter.affine_weight.clone()
    runner.train()
    assert watch.fitted and not torch.equal(watch.weight, before)
    assert torch.equal(watch.weight, runner.model.head.converter.affine_weight)
    assert runner.model.head.converter.network.layers[-1].weight.any()  # the network is trained


def test_the_checkpoint_rebuilds_the_converter(trained):
    checkpoint = torch.load(trained / 'epoch_2.pth', weights_only=True)
    description = json.loads(checkpoint['meta'][META_KEY])
    assert description['source_schema']['keypoints'] == list(SOURCE.keypoints)
    converter = load_converter(trained / 'epoch_2.pth')
    assert converter.target_schema == TARGET and converter.name == 'six-to-four_residual'


def test_resuming_does_not_fit_again(pair_file, trained, tmp_path, monkeypatch):
    runner = make_runner(
        pair_file,
        tmp_path,
        train_cfg=dict(STEPS, max_epochs=3),
        load_from=str(trained / 'epoch_2.pth'),
        resume=True,
    )
    monkeypatch.setattr(
        type(runner.model.head.converter), 'fit', lambda *_: pytest.fail('fitted again')
    )
    weight = load_converter(trained / 'epoch_2.pth').affine_weight
    runner.train()
    assert runner.epoch == 3
    assert torch.equal(runner.model.head.converter.affine_weight, weight)


def test_a_closed_form_takes_no_steps_and_leaves_a_checkpoint(pair_file, tmp_path):
    make_runner(pair_file, tmp_path, 'affine', ONCE).train()
    converter = load_converter(tmp_path / 'epoch_1.pth')
    assert bool(converter.fitted)
    torch.testing.assert_close(converter.affine_weight.sum(1), torch.ones(4))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(batch_size=41), r'batch_size is 41, but there are only 40 training'),
        (dict(network='affine'), "'affine' has a closed form; expected ClosedFormTrainLoop"),
        (dict(train_cfg=ONCE), "'residual' has more than a closed form; expected a loop"),
    ],
)
def test_what_would_train_wrongly_is_refused(pair_file, tmp_path, options, message):
    with pytest.raises(LandmarkError, match=message) as caught:
        make_runner(pair_file, tmp_path, **options).train()
    assert '\n' not in str(caught.value)


class Numbers(torch.utils.data.Dataset):
    """A data set of something else."""

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: int) -> int:
        return index


def renamed(name: str) -> Any:
    content = TARGET.to_json() | dict(regions={}, normalizers={}, swaps=[], name='renamed')
    content['keypoints'] = [name if k == 'crown' else k for k in TARGET.keypoints]
    return type(TARGET).from_json(content)


def test_pairs_of_other_schemas_are_refused_by_name(pair_file, tmp_path):
    with pytest.raises(LandmarkError, match="target_schema 'four', the model 'renamed'.*hat"):
        make_runner(pair_file, tmp_path, target=renamed('hat')).train()


def test_a_data_set_that_is_not_one_of_pairs_is_refused(pair_file, tmp_path):
    runner = make_runner(pair_file, tmp_path)
    runner._train_dataloader['dataset'] = Numbers()
    with pytest.raises(LandmarkError, match='train_dataloader: Numbers has no source_schema'):
        runner.train()


@pytest.mark.parametrize('resume', [True, False])
def test_a_checkpoint_of_other_schemas_is_refused_by_name(pair_file, trained, tmp_path, resume):
    runner = make_runner(
        pair_file,
        tmp_path,
        target=renamed('hat'),
        load_from=str(trained / 'epoch_2.pth'),
        resume=resume,
    )
    with pytest.raises(LandmarkError, match="target schema 'four', the config 'renamed'.* crown"):
        runner.train()


def test_a_checkpoint_of_another_network_or_model_is_refused(pair_file, trained, tmp_path):
    runner = make_runner(pair_file, tmp_path, 'mlp', load_from=str(trained / 'epoch_2.pth'))
    with pytest.raises(LandmarkError, match="network .*'residual'.*, the config .*'mlp'"):
        runner.load_or_resume()
    torch.save(dict(state_dict={'a': torch.zeros(1)}, meta={}), tmp_path / 'other.pth')
    runner = make_runner(pair_file, tmp_path, load_from=str(tmp_path / 'other.pth'))
    with pytest.raises(LandmarkError, match='not one of a LandmarkConverter'):
        runner.load_or_resume()


@pytest.mark.parametrize('network_wins', [True, False])
def test_the_comparison_decides_and_the_checkpoint_keeps_it(
    pair_file, tmp_path, monkeypatch, network_wins
):
    result = Comparison(0.5 if network_wins else 1.0, 1.0, 0.1, 40)
    monkeypatch.setattr(converter_hook, 'compare_with_affine', lambda *_: result)
    make_runner(pair_file, tmp_path, inner_validation=True).train()
    converter = load_converter(tmp_path / 'epoch_2.pth')
    assert float(converter.gate) == float(network_wins)
    points, visible = source_points(5), np.full((5, 6), 2)
    base = converter.affine(torch.as_tensor(points).float(), torch.as_tensor(visible))
    away = np.abs(converter.convert(points, visible).points - base.detach().numpy()).max()
    assert (away > 0.01) == network_wins


def test_hardly_any_pairs_are_not_even_compared(pair_file, tmp_path):
    make_runner(pair_file, tmp_path, inner_validation=dict(folds=41)).train()
    assert float(load_converter(tmp_path / 'epoch_2.pth').gate) == 0


def test_many_pairs_are_trusted_without_a_comparison(pair_file, tmp_path, monkeypatch):
    monkeypatch.setattr(converter_hook, 'compare_with_affine', lambda *_: pytest.fail('compared'))
    make_runner(pair_file, tmp_path, inner_validation=dict(max_pairs=39)).train()
    assert float(load_converter(tmp_path / 'epoch_2.pth').gate) == 1


def test_the_hook_serves_no_other_model(pair_file, tmp_path):
    runner = make_runner(pair_file, tmp_path)
    runner.model = torch.nn.Linear(1, 1)
    with pytest.raises(LandmarkError, match='serves a LandmarkConverter, the config builds Linear'):
        runner.call_hook('before_save_checkpoint', checkpoint=dict(meta={}))
