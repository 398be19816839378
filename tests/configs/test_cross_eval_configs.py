"""Stock models tested across formats by the shipped configs, on MMPose's sample pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from doc_blocks import Page

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.evaluator import Evaluator  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from mmpose.registry import DATASETS, MODELS  # noqa: E402
from models.heads.peak_model import FLIP, estimator, inputs, peak_head  # noqa: E402
from scipy.io import savemat  # noqa: E402

from mmlandmark.annotations.pairs import read_pairs  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.converters import KeypointConverter  # noqa: E402
from mmlandmark.models.converters.checkpoint import META_KEY  # noqa: E402
from mmlandmark.schemas import Mapping, get_schema, locate  # noqa: E402

FOLDER = locate.configs_root() / 'cross_eval'
# faces of animals have a test of their own
CONFIGS = sorted(path for path in FOLDER.glob('*.py') if 'animalpose' not in path.stem)
ON_MPII = FOLDER / 'td-hm_hrnet-w32_coco-256x192_on-mpii.py'
ON_COCO = FOLDER / 'td-hm_hrnet-w32_mpii-256x256_on-coco.py'
COCO, MPII = get_schema('coco17'), get_schema('mpii16')
PAGE = Page('docs/cross-evaluation.md')


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


@pytest.fixture(scope='module')
def files(shared_data, tmp_path_factory) -> dict[str, str]:
    """MMPose's samples, and head boxes for those of MPII, which are not among them."""
    folder = shared_data / 'mmpose_samples'
    annotations = json.loads((folder / 'mpii' / 'test_mpii.json').read_text())
    joints = np.array([a['joints'] for a in annotations])
    head = joints[:, [MPII.index('upper_neck'), MPII.index('head_top')]]
    corners = np.stack([head.min(axis=1) - 20, head.max(axis=1) + 20], axis=1)
    boxes = tmp_path_factory.mktemp('mpii') / 'boxes.mat'
    savemat(boxes, dict(headboxes_src=np.transpose(corners, (1, 2, 0))))
    return dict(folder=str(folder), boxes=str(boxes))


def on_samples(path: Path, files: dict[str, str]) -> Config:
    """The config with MMPose's samples in the place of its data, and one worker."""
    cfg = Config.fromfile(path)
    folder, dataset = files['folder'], cfg.test_dataloader.dataset
    name = 'mpii' if dataset.type == 'MpiiDataset' else 'coco'
    dataset.update(data_root='', bbox_file=None)
    dataset.ann_file = f'{folder}/{name}/test_{name}.json'
    dataset.data_prefix = dict(img=f'{folder}/{name}/')
    if name == 'mpii':
        dataset.headbox_file = files['boxes']
    else:
        cfg.test_evaluator.ann_file = dataset.ann_file
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False, batch_size=4)
    return cfg


def shrunk(cfg: Config) -> Config:
    """The same with three samples, and a backbone with one block of few channels at every place."""
    cfg.test_dataloader.dataset.indices = 3
    for stage in cfg.model.backbone.extra.values():
        channels = tuple(max(4, width // 8) for width in stage.num_channels)
        stage.update(num_modules=1, num_blocks=(1,) * stage.num_branches, num_channels=channels)
    cfg.model.head['head'].in_channels = 4
    return cfg


def untrained_converter(path: Path, source: str, target: str) -> Path:
    converter = KeypointConverter(source, target, dict(type='affine'))
    converter.affine_weight.data = torch.tensor(converter.mapping.matrix).float()
    converter.fitted.fill_(True)
    state = {f'head.converter.{k}': v for k, v in converter.state_dict().items()}
    meta = {META_KEY: json.dumps(converter.describe())}
    torch.save(dict(meta=meta, state_dict=state), path)
    return path


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_the_config_is_short(path):
    assert len(path.read_text().splitlines()) < 20


@pytest.mark.slow
@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_the_config_tests_a_plain_checkpoint(path, files, tmp_path, monkeypatch, repo):
    monkeypatch.chdir(tmp_path)
    for slow in ('_log_env', 'dump_config'):  # seconds of laying out the config
        monkeypatch.setattr(Runner, slow, lambda *args: None)
    source, target = ('coco17', 'mpii16') if 'on-mpii' in path.stem else ('mpii16', 'coco17')
    if 'converter' in path.stem:
        file = untrained_converter(tmp_path / 'converter.pth', source, target)
        monkeypatch.setenv('MMLANDMARK_CONVERTER', str(file))
    cfg = shrunk(on_samples(path, files))
    plain = Config(dict(model=cfg.model.to_dict()))
    plain.model.head = plain.model.head['head']
    torch.manual_seed(0)
    torch.save(dict(state_dict=MODELS.build(plain.model).state_dict(), meta={}), 'plain.pth')
    cfg.update(work_dir='out', load_from='plain.pth', experiment_name=f'{path.stem}_test')
    evaluators = cfg.test_evaluator
    evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
    cfg.test_evaluator = [*evaluators, dict(type='PairDump', out_file='pairs.json')]
    runner = Runner.from_cfg(cfg)
    figures = runner.test()
    given = 12 / 17 if path == ON_COCO else 1.0
    kind = 'keypoints' if target == 'mpii16' else 'OKS_keypoints'
    assert figures[f'coverage/{kind}'] == pytest.approx(given)
    assert ('covered/PCKh@0.5' if target == 'mpii16' else 'covered/AP') in figures
    state = torch.load('plain.pth', weights_only=True)['state_dict']
    assert torch.equal(runner.model.head.head.final_layer.weight, state['head.final_layer.weight'])
    # the predictions are random, so the two sides do not match
    pairs = read_pairs('pairs.json', get_schema(source), get_schema(target), force=True)
    assert len(pairs) == len(runner.test_dataloader.dataset)


def labels_as_source(dataset, source, target, fill):
    """Samples, and where a perfect model of the source schema would put its points.

    Points that the data set does not label lie at the labelled point ``fill``.
    """
    made = [dataset[i]['data_samples'] for i in range(len(dataset))]
    columns = [target.index(n if n in target.keypoints else fill) for n in source.keypoints]
    points = np.concatenate([s.gt_instances.keypoints for s in made])[:, columns]
    scale, center, size = (
        np.array([s.metainfo[key] for s in made], dtype=np.float64)[:, None]
        for key in ('input_scale', 'input_center', 'input_size')
    )
    return made, lambda shift: (points + shift - center + scale / 2) / scale * size


def evaluate(cfg, dataset, model, batch, made):
    with torch.no_grad():
        predictions = model(batch, made, mode='predict')
    evaluator = Evaluator(cfg.test_evaluator)
    evaluator.dataset_meta = dataset.metainfo
    evaluator.process(predictions)
    return evaluator.evaluate(len(made)), evaluator.metrics[0]


def perfect(source: str, conversion: str, size, **more):
    codec = dict(type='MSRAHeatmap', input_size=tuple(size), heatmap_size=tuple(size), sigma=2)
    head = dict(type='ConvertedHead', head=peak_head(source) | dict(decoder=codec))
    return estimator(source, head | dict(conversion=conversion) | more, FLIP)


@pytest.mark.parametrize('conversion', ['names', 'coco17-to-mpii16'])
def test_a_perfect_coco_model_has_all_joints_of_mpii_that_are_copied(files, conversion):
    cfg = on_samples(ON_MPII, files)
    cfg.test_evaluator[0].metric.per_keypoint = True
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    made, in_input = labels_as_source(dataset, COCO, MPII, 'thorax')
    more = dict(source_schema='coco17', target_schema='mpii16')
    model = perfect('coco17', conversion, made[0].metainfo['input_size'], **more)
    # MPII counts pixels from 1
    figures, metric = evaluate(cfg, dataset, model, inputs(in_input(-1.0)), made)
    copied = Mapping.between(COCO, MPII).covered
    for name, given in zip(MPII.keypoints, copied, strict=True):
        if given:
            assert figures[f'covered/PCKh@0.5/{name}'] == 100, name
            assert figures[f'covered/PCKh@0.1/{name}'] == 100, name
    if conversion == 'names':
        assert figures['covered/PCKh@0.5'] == 100
        assert figures['coverage/keypoints'] == 12 / 16
        np.testing.assert_array_equal(metric.coverage.covered, copied)
        assert 'head_top (5 labelled)' in metric.coverage.summary()
    else:
        assert figures['coverage/keypoints'] == 1
        assert figures['covered/PCKh@0.5/head_top'] == 0  # the mean of eyes that lie elsewhere


def test_a_perfect_mpii_model_has_full_ap_over_what_is_covered(files):
    cfg = on_samples(ON_COCO, files)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    made, in_input = labels_as_source(dataset, MPII, COCO, 'nose')
    more = dict(source_schema='mpii16', target_schema='coco17')
    model = perfect('mpii16', 'names', made[0].metainfo['input_size'], **more)
    batch = inputs(in_input(0.0), size=made[0].metainfo['input_size'])
    figures, metric = evaluate(cfg, dataset, model, batch, made)
    assert figures['covered/AP'] == pytest.approx(1.0)
    assert figures['covered/AR'] == pytest.approx(1.0)
    assert figures['coverage/OKS_keypoints'] == 12 / 17
    assert 'not covered: nose (' in metric.coverage.summary()


def test_detected_boxes_have_no_labels_to_dump(files, tmp_path):
    cfg = on_samples(ON_COCO, files)
    cfg.test_dataloader.dataset.bbox_file = f'{files["folder"]}/coco/test_coco_det_AP_H_56.json'
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    made = [dataset[0]['data_samples']]
    more = dict(source_schema='mpii16', target_schema='coco17')
    model = perfect('mpii16', 'names', made[0].metainfo['input_size'], **more)
    cfg.test_evaluator = [dict(type='PairDump', out_file=str(tmp_path / 'pairs.json'))]
    batch = inputs(np.full((1, 16, 2), 90.0), size=made[0].metainfo['input_size'])
    with pytest.raises(LandmarkError, match='as those of detected boxes do'):
        evaluate(cfg, dataset, model, batch, made)


def test_the_configs_of_the_guide_load(repo, tmp_path) -> None:
    (tmp_path / 'configs').symlink_to(repo / 'configs', target_is_directory=True)
    own, pairs = tmp_path / 'own.py', tmp_path / 'on_mpii_train.py'
    own.write_text(PAGE.one('python', having='conversion').take())
    head = MODELS.build(Config.fromfile(own).model.head)
    assert type(head).__name__ == 'ConvertedHead' and head.conversion.target.name == 'mpii16'
    pairs.write_text(PAGE.one('python', having='mpii_train.json').take())
    cfg = Config.fromfile(pairs)
    assert cfg.test_dataloader.dataset.ann_file == 'annotations/mpii_train.json'
    assert cfg.test_dataloader.dataset.type == 'MpiiDataset' and cfg.test_evaluator == []


def test_the_coverage_that_the_guide_shows(files) -> None:
    """Counted anew: labelled points, those whose names MPII has, and two of the rest."""
    content = json.loads(Path(files['folder'], 'coco/test_coco.json').read_text())
    people = [a['keypoints'] for a in content['annotations'] if any(a['keypoints'][2::3])]
    labelled = (np.array(people)[:, 2::3] > 0).sum(axis=0)
    has = np.array([name in MPII.keypoints for name in COCO.keypoints])
    counts = dict(zip(COCO.keypoints, labelled.tolist(), strict=True))
    assert PAGE.one('', having='OKS').take() == (
        f'OKS: {has.sum()} of 17 keypoints and {labelled[has].sum()} of {labelled.sum()} labelled '
        f'points are covered; not covered: nose ({counts["nose"]} labelled), '
        f'left_eye ({counts["left_eye"]} labelled), ...\n'
    )
