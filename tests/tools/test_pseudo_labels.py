"""From a union model to its pseudo labels, and from these to a training that uses them."""

import importlib.util
import json
import pprint

import numpy as np
import pytest
import torch
from coco_files import CROSS, SQUARE
from datasets.picture_sets import CODEC, PIPELINE, two_sets
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from mmlandmark.annotations.pseudo_labels import read_pseudo_labels
from mmlandmark.apis import launch
from mmlandmark.apis.pseudo_labels import write_pseudo_labels_instead
from mmlandmark.datasets import MultiKeypointDataset
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import SchemaUnion

UNION = SchemaUnion.build(SQUARE, CROSS, name='toy')
PLAIN = [step for step in PIPELINE if not step['type'].startswith(('Random', 'Photo'))]
MODEL = {
    'type': 'TopdownPoseEstimator',
    'data_preprocessor': {'type': 'PoseDataPreprocessor', 'mean': [127.0], 'std': [60.0]},
    'backbone': {'type': 'ResNet', 'depth': 18},
    'head': {
        'type': 'UnionHeatmapHead',
        'union': UNION.to_json(),
        'datasets': {'square': 'square', 'cross': 'cross'},
        'in_channels': 512,
        'deconv_out_channels': (8,) * 4,
        'deconv_kernel_sizes': (4,) * 4,
        'loss': {'type': 'KeypointMSELoss', 'use_target_weight': True},
        'decoder': CODEC,
    },
    'test_cfg': {'flip_test': True},
}


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


@pytest.fixture
def config(tmp_path):
    """A config file of a training on two sets, and a checkpoint of its model."""
    sets = two_sets(tmp_path, 5, 3)
    loader = {
        'batch_size': 2,
        'num_workers': 0,
        'sampler': {
            'type': 'FixedShareSampler',
            'batch_size': 2,
            'shares': {'square': 1, 'cross': 1},
        },
        'dataset': {'type': 'MultiKeypointDataset', 'datasets': sets},
    }
    plain = {name: {**member, 'pipeline': PLAIN} for name, member in sets.items()}
    settings = {
        'default_scope': 'mmpose',
        'custom_imports': {'imports': ['mmlandmark']},
        'model': MODEL,
        'train_dataloader': loader,
        'val_dataloader': {
            **loader,
            'sampler': {'type': 'DefaultSampler', 'shuffle': False},
            'dataset': {'type': 'MultiKeypointDataset', 'datasets': plain},
        },
        'visualizer': {'type': 'PoseLocalVisualizer', 'vis_backends': []},
    }
    text = '\n'.join(
        f'{key} = {pprint.pformat(value, sort_dicts=False)}' for key, value in settings.items()
    )
    (tmp_path / 'config.py').write_text(text)
    torch.manual_seed(0)
    model = MODELS.build(MODEL)
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, tmp_path / 'model.pth')
    return tmp_path / 'config.py'


@pytest.fixture
def run(repo, monkeypatch):
    spec = importlib.util.spec_from_file_location('tool', repo / 'tools' / 'pseudo_labels.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # asking compilers for their versions and laying out the config take longer than the run
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)
    monkeypatch.setattr('mmengine.config.Config.pretty_text', '')

    def call(*arguments):
        return launch.run(module.main, module.parse_args([str(a) for a in arguments]))

    return call


def test_a_models_points_are_written_and_replayed(config, run, tmp_path, capsys):
    out = tmp_path / 'labels.json'
    paths = [config, tmp_path / 'model.pth', out]
    assert run(*paths, '--work-dir', tmp_path / 'work') == 0
    written = json.loads(out.read_text())
    assert (written['union'], written['channels']) == ('toy', list(UNION.schema.keypoints))
    sets = Config.fromfile(config).train_dataloader.dataset.datasets
    expected = _predicted(tmp_path / 'model.pth', sets)
    for name, member in sets.items():
        labels = read_pseudo_labels(out, name, UNION.schema.keypoints)
        assert labels.ids.tolist() == [101, 102, 103, 104, 105][: len(labels)]
        points, scores = expected[name]
        np.testing.assert_allclose(labels.points, points, atol=1e-3)
        np.testing.assert_allclose(labels.scores, scores, atol=1e-3)
        member['pipeline'] = PLAIN
    threshold = float(np.median(labels.scores))
    replay = {'file': str(out), 'union': UNION.to_json(), 'min_score': threshold}
    data_set = MultiKeypointDataset(sets, replay={'cross': replay})
    bottom = UNION.schema.indices(['left_bottom', 'right_bottom'])
    for row in range(3):
        sure = bottom[labels.scores[row, bottom] >= threshold]
        given = data_set[5 + row]['data_samples'].gt_instances.keypoints[0, sure]
        np.testing.assert_allclose(given, labels.points[row, sure], atol=1e-4)

    assert run(*paths, '--work-dir', tmp_path / 'work') == 2
    assert 'labels.json: exists' in capsys.readouterr().err.splitlines()[-1]


def _predicted(checkpoint, sets):
    """What the model predicts in all channels, asked sample by sample."""
    torch.manual_seed(1)
    model = MODELS.build({**MODEL, 'test_cfg': {'flip_test': True, 'target_schema': 'union'}})
    model.load_state_dict(torch.load(checkpoint, weights_only=True)['state_dict'])
    model.eval()
    plain = {name: {**member, 'pipeline': PLAIN} for name, member in sets.items()}
    data_set, found = MultiKeypointDataset(plain), {name: ([], []) for name in sets}
    for index in range(len(data_set)):
        sample = data_set[index]
        batch = {key: [value] for key, value in sample.items()}
        with torch.no_grad():
            (result,) = model.test_step(batch)
        points, scores = found[result.dataset_name]
        points.append(result.pred_instances.keypoints[0])
        scores.append(result.pred_instances.keypoint_scores[0])
    return found


def test_a_model_of_one_schema_is_refused(config, run, tmp_path, capsys):
    head = {
        'type': 'HeatmapHead',
        'out_channels': 4,
        **{k: v for k, v in MODEL['head'].items() if k not in ('type', 'union', 'datasets')},
    }
    text = f'\nmodel["head"] = {head!r}\n'
    text += 'for each in (train_dataloader, val_dataloader):\n'
    text += "    del each['dataset']['datasets']['cross']\ndel each\n"
    config.write_text(config.read_text() + text)
    model = MODELS.build(Config.fromfile(config).model)
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, tmp_path / 'plain.pth')
    paths = [config, tmp_path / 'plain.pth', tmp_path / 'labels.json']
    assert run(*paths, '--work-dir', tmp_path / 'work') == 2
    assert 'expected an id, a dataset_name and a pred_schema' in capsys.readouterr().err
    assert not (tmp_path / 'labels.json').exists()


def test_data_sets_are_predicted_without_augmentation(config):
    cfg = Config.fromfile(config)
    cfg.train_dataloader.dataset.replay = {'cross': {'file': 'old.json'}}
    write_pseudo_labels_instead(cfg, 'out.json')
    data_set = cfg.test_dataloader.dataset
    assert 'replay' not in data_set
    for member in data_set.datasets.values():
        assert [step['type'] for step in member.pipeline] == [step['type'] for step in PLAIN]
        assert member.test_mode
    assert cfg.model.test_cfg == {'flip_test': True, 'target_schema': 'union'}


def test_a_config_without_what_is_needed_is_refused(config):
    cfg = Config.fromfile(config)
    with pytest.raises(LandmarkError, match="no 'train_loader' .did you mean 'train_dataloader'"):
        write_pseudo_labels_instead(cfg, 'out.json', 'train_loader')
    cfg.val_dataloader = None
    with pytest.raises(LandmarkError, match='no validation or test set'):
        write_pseudo_labels_instead(cfg, 'out.json')
