"""Every converter config builds, and says what its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.registry import EVALUATOR, DefaultScope  # noqa: E402
from mmpose.registry import DATASETS, HOOKS, MODELS  # noqa: E402
from pair_batches import write_pairs  # noqa: E402

from mmlandmark.engine.loops import ClosedFormTrainLoop  # noqa: E402
from mmlandmark.schemas import get_schema, locate  # noqa: E402

FOLDER = locate.configs_root() / 'converter'
CONFIGS = sorted(p.relative_to(FOLDER) for p in FOLDER.rglob('*.py') if '_' in p.stem)
TASKS = {'coco17-to-mpii16', 'mpii16-to-coco17', 'face68-to-face48', 'aflw21-to-face68'}
NETWORKS = {'affine', 'simple_linear', 'minimal_mlp', 'mlp', 'mlp_attention', 'autoencoder'}
NETWORKS |= {'gnn', 'residual'}


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def schemas_of(path: Path) -> tuple[str, str]:
    """The two schemas that a config's file name promises; pair files of any kind are face68's."""
    task = path.stem.split('_')[0]
    return ('face68', 'face48') if task == 'pairs' else tuple(task.split('-to-'))


def test_every_task_has_every_network():
    assert {f'{t}_{n}.py' for t in TASKS for n in NETWORKS} <= {str(p) for p in CONFIGS}


@pytest.mark.parametrize('path', CONFIGS, ids=str)
def test_the_config_builds_what_its_name_says(path):
    cfg = Config.fromfile(FOLDER / path)
    source, target = schemas_of(path)
    converter = MODELS.build(cfg.model).head.converter
    assert (converter.source_schema.name, converter.target_schema.name) == (source, target)
    kind = converter.options['network']['type']
    network = path.stem.split('_', 1)[1]
    if network in NETWORKS:
        assert kind == network
    closed = cfg.train_cfg.type == ClosedFormTrainLoop.__name__
    assert closed == converter.closed_form
    for name in ('train', 'val', 'test'):
        dataset = cfg[f'{name}_dataloader'].dataset
        for side, wanted in (('source_schema', source), ('target_schema', target)):
            assert get_schema(dataset[side]).name == wanted
    hooks = [HOOKS.build(dict(hook)) for hook in cfg.custom_hooks]
    assert sum(type(hook).__name__ == 'ConverterHook' for hook in hooks) == 1
    assert cfg.custom_imports.imports == ['mmlandmark'] and cfg.default_scope == 'mmpose'
    assert {b.type for b in cfg.vis_backends} >= {'TensorboardVisBackend'}


@pytest.mark.parametrize('path', CONFIGS, ids=str)
def test_training_validation_and_test_are_apart(path):
    cfg = Config.fromfile(FOLDER / path)
    sets = [cfg[f'{name}_dataloader'].dataset for name in ('train', 'val', 'test')]
    seen = [(d.ann_file, (d.get('split') or {}).get('part')) for d in sets]
    assert len(set(seen)) == 3
    for one in range(3):
        for two in range(one):
            if sets[one].ann_file == sets[two].ann_file:  # then by one and the same split
                a, b = (dict(sets[i].split, part=None) for i in (one, two))
                assert a == b and seen[one][1] in a['ratios']


@pytest.mark.parametrize('path', CONFIGS, ids=str)
def test_the_best_checkpoint_is_chosen_by_a_figure_that_there_is(path, tmp_path):
    cfg = Config.fromfile(FOLDER / path)
    source, target = (get_schema(cfg.model[s]) for s in ('source_schema', 'target_schema'))
    stopping = [hook for hook in cfg.custom_hooks if hook.type == 'EarlyStoppingHook']
    saving = cfg.default_hooks.checkpoint
    assert stopping[0].monitor == saving.save_best and stopping[0].rule == saving.rule
    assert stopping[0].patience == 50
    fields = {k: v for k, v in cfg.val_dataloader.dataset.items() if k.endswith('_field')}
    if fields:  # the same file the other way round
        source, target = target, source
    dataset = DATASETS.build(
        dict(
            cfg.val_dataloader.dataset,
            ann_file=str(write_pairs(tmp_path / 'pairs.json', source, target, 6)),
            split=None,
            force=True,
        )
    )
    evaluator = EVALUATOR.build(cfg.val_evaluator)
    evaluator.dataset_meta = dataset.metainfo
    model = MODELS.build(cfg.model).eval()
    for sample in model(**dataset.arrays(), mode='predict'):
        evaluator.process([sample], None)
    assert saving.save_best in evaluator.evaluate(len(dataset))


def test_leaf_configs_are_short():
    assert max(len((FOLDER / p).read_text().splitlines()) for p in CONFIGS) <= 25
