"""Many boxes at once: the same points as MMPose's ``inference_topdown`` gives box by box."""

from __future__ import annotations

from copy import deepcopy

import cv2
import numpy as np
import pytest

import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.apis import inference_topdown
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS

from apis.peak_layer import PeakLayer
from apis.tiny_faces import SIZE, landmark_config, make_picture, save_model, write_pictures
from mmlandmark import memory
from mmlandmark.apis import TopdownInferencer, topdown_predictor
from mmlandmark.apis.topdown_predictor import TopdownPredictor
from mmlandmark.errors import LandmarkError
from mmlandmark.models.data_preprocessors.packed_preprocessor import PackedPoseDataPreprocessor
from mmlandmark.models.heads.inference_view import decodes_on_device
from mmlandmark.schemas import get_schema

POINTS = 46
MAPS = dict(input_size=(SIZE, SIZE), heatmap_size=(16, 16), sigma=2)
VECTORS = dict(type='SimCCLabel', input_size=(SIZE, SIZE), sigma=(4.9, 4.9), simcc_split_ratio=2.0)
COMBINED = dict(type='CombinedTargetMSELoss', use_target_weight=True)
KL = dict(type='KLDiscretLoss', use_target_weight=True)
GAU = dict(
    hidden_dims=16,
    s=16,
    expansion_factor=2,
    dropout_rate=0.0,
    drop_path=0.0,
    act_fn='SiLU',
    use_rel_bias=False,
    pos_enc=False,
)
SIMCC = dict(
    in_channels=4,
    out_channels=POINTS,
    input_size=(SIZE, SIZE),
    in_featuremap_size=(16, 16),
    simcc_split_ratio=2.0,
    loss=KL,
    decoder=VECTORS,
)
UNION = dict(
    union=dict(name='faces', members=['dogflw46', 'face68']),
    datasets=dict(dogs='dogflw46', people='face68'),
)
HEATMAP = dict(in_channels=4, deconv_out_channels=None, loss=dict(type='KeypointMSELoss'))
HEADS = {
    'MSRA': dict(decoder=dict(type='MSRAHeatmap', **MAPS)),
    'DARK': dict(decoder=dict(type='MSRAHeatmap', unbiased=True, **MAPS)),
    'UDP': dict(decoder=dict(type='UDPHeatmap', **MAPS)),
    'UDP combined': dict(
        out_channels=3 * POINTS,
        loss=COMBINED,
        decoder=dict(type='UDPHeatmap', heatmap_type='combined', **MAPS),
    ),
    'SimCC': dict(type='SimCCHead', deconv_out_channels=None, **SIMCC),
    'RTMCC': dict(type='RTMCCHead', final_layer_kernel_size=3, gau_cfg=GAU, **SIMCC),
    'regression': dict(
        type='RegressionHead',
        in_channels=4,
        num_joints=POINTS,
        loss=dict(type='SmoothL1Loss'),
        decoder=dict(type='RegressionLabel', input_size=(SIZE, SIZE)),
    ),
}
OWN = {
    'union': dict(
        type='UnionHeatmapHead', decoder=dict(type='MSRAHeatmap', **MAPS), **HEATMAP, **UNION
    ),
    'decoders': dict(
        type='MultiDecoderHead',
        datasets=UNION['datasets'],
        decoder_head=dict(type='HeatmapHead', decoder=dict(type='UDPHeatmap', **MAPS), **HEATMAP),
    ),
}
BOXES = [[[10, 10, 60, 60], [30.5, 5.25, 110, 80], [-20, -10, 50, 44]], [[0, 0, 50, 90]], []]


def config_of(head: str) -> Config:
    """Return the config of a small model with one of the heads."""
    cfg, own = landmark_config(), {**HEADS, **OWN}[head]
    settings = dict(cfg.model.head, **own) if 'type' not in own else own
    cfg.model.head = Config(dict(head=settings)).head
    if head == 'UDP combined':
        cfg.model.test_cfg.flip_mode = 'udp_combined'
    if head == 'regression':
        cfg.model.neck = dict(type='GlobalAveragePooling')
        cfg.model.test_cfg.shift_coords = True
    cfg.test_dataloader.dataset.pipeline[2].use_udp = 'UDP' in head
    return cfg


def model_of(head: str, **test_cfg: object) -> torch.nn.Module:
    """Return a model as ``init_model`` does, with weights that make peaks."""
    cfg = config_of(head)
    settings = deepcopy(cfg.model)
    settings.backbone.init_cfg = None
    settings.test_cfg.update(test_cfg)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpose'):
        model = MODELS.build(settings).eval()
    for parameter in model.head.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    for part in [part for part in model.head.modules() if isinstance(part, HeatmapHead)]:
        maps = 3 if head == 'UDP combined' else 1
        part.final_layer = PeakLayer(4, part.final_layer.out_channels // maps, maps)
    model.cfg, model.dataset_meta = cfg, metainfo('dogflw46')
    return model


def metainfo(schema: str) -> dict:
    """Return a schema as MMPose has it."""
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    return parse_pose_metainfo(get_schema(schema).to_metainfo())


def assert_as_mmpose(model, results, pictures, boxes, points=1e-3, scores=1e-5):
    """Compare with what MMPose says of the same model, box by box."""
    assert [len(result.landmarks) for result in results] == [len(own) for own in boxes]
    for result, picture, own in zip(results, pictures, boxes, strict=True):
        for found, box in zip(result.landmarks, own, strict=True):
            (sample,) = inference_topdown(model, picture, [box])
            expected = sample.pred_instances
            np.testing.assert_allclose(found.points, expected.keypoints[0, :, :2], atol=points)
            np.testing.assert_allclose(found.scores, expected.keypoint_scores[0], atol=scores)
            assert np.ptp(found.points) > 1, 'all points in one place would prove nothing'


@pytest.fixture
def pictures(tmp_path):
    """Paths of pictures of three sizes, one of them grey."""
    paths = [str(path) for path in write_pictures(tmp_path)]
    cv2.imwrite(paths[1], make_picture(128, 90, seed=1)[..., 0])
    return paths


@pytest.mark.parametrize('flip_test', [False, True])
@pytest.mark.parametrize('head', HEADS)
def test_points_are_those_of_mmpose(head, flip_test, pictures):
    model = model_of(head, flip_test=flip_test)
    inferencer = TopdownInferencer.from_model(model, batch_size=3)
    assert_as_mmpose(model, inferencer(pictures, BOXES), pictures, BOXES)
    assert decodes_on_device(model.head) == (head != 'regression')


def test_shifted_maps_and_maps_for_their_own_sake(pictures):
    model = model_of('MSRA', shift_heatmap=True, output_heatmaps=True)
    results = TopdownInferencer.from_model(model)(pictures, BOXES)
    assert_as_mmpose(model, results, pictures, BOXES)
    assert model.test_cfg['output_heatmaps']


def test_only_some_points_are_put_out(pictures):
    model = model_of('UDP', output_keypoint_indices=[3, 0, 7])
    results = TopdownInferencer.from_model(model)(pictures, BOXES)
    assert len(results[0].landmarks[0].points) == 3
    assert_as_mmpose(model, results, pictures, BOXES)


@pytest.mark.parametrize('flip_mode', ['heatmap', 'coordinates'])
@pytest.mark.parametrize('head', OWN)
def test_boxes_of_several_data_sets(head, flip_mode, pictures):
    model = model_of(head, flip_mode=flip_mode)
    names = [['dogs', 'people', 'dogs'], 'people', []]
    results = TopdownInferencer.from_model(model)(pictures, BOXES, datasets=names)
    assert [len(one.points) for one in results[0].landmarks] == [46, 68, 46]
    for place, (own, boxes) in enumerate(zip(names, BOXES, strict=True)):
        own = [own] * len(boxes) if isinstance(own, str) else own
        for name, box, found in zip(own, boxes, results[place].landmarks, strict=True):
            model.dataset_meta = {**metainfo(UNION['datasets'][name]), 'dataset_name': name}
            (sample,) = inference_topdown(model, pictures[place], [box])
            expected = sample.pred_instances
            np.testing.assert_allclose(found.points, expected.keypoints[0], atol=1e-3)


@pytest.mark.parametrize('fuse', [False, True])
def test_network_runs_once_a_batch_and_the_model_stays_as_it_is(fuse, pictures, monkeypatch):
    model = model_of('UDP', flip_test=True)
    before = {name: set(vars(part)) for name, part in model.named_modules()}
    batches, layers = [], []
    model.backbone.register_forward_hook(lambda *a: batches.append(len(a[1][0])))
    model.head.final_layer.register_forward_hook(lambda *a: layers.append(len(a[1][0])))
    monkeypatch.setattr(type(model.head.decoder), 'decode', None)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    inferencer = TopdownInferencer.from_model(model, 3, fuse=fuse, channels_last=fuse)
    inferencer(pictures, BOXES)
    assert batches == layers == [1] * fuse + [6, 2]  # one crop to see what follows what
    del batches[:]
    inferencer(pictures, BOXES)
    assert batches == [6, 2]
    after = model.state_dict()
    assert list(after) == list(weights)
    for name, value in weights.items():
        assert torch.equal(after[name], value) and after[name].stride() == value.stride()
    assert before == {name: set(vars(part)) for name, part in model.named_modules()}


def test_weights_that_change_later_are_used(pictures):
    model = model_of('UDP')
    inferencer = TopdownInferencer.from_model(model)
    inferencer(pictures, BOXES)
    for parameter in model.backbone.parameters():
        torch.nn.init.normal_(parameter, mean=0.05, std=0.2)
    assert_as_mmpose(model, inferencer(pictures, BOXES), pictures, BOXES)


def test_weights_that_an_average_is_swapped_with_are_used(pictures):
    """MMEngine's ``EMAHook`` writes past what torch counts as a change."""
    from types import SimpleNamespace

    from mmengine.hooks import EMAHook

    model = model_of('UDP')
    hook = EMAHook()
    hook.before_run(SimpleNamespace(model=model))
    inferencer = TopdownInferencer.from_model(model)
    plain = inferencer(pictures, BOXES)
    for parameter in hook.ema_model.module.backbone.parameters():
        torch.nn.init.normal_(parameter, mean=0.05, std=0.2)
    hook._swap_ema_parameters()
    swapped = inferencer(pictures, BOXES)
    assert_as_mmpose(model, swapped, pictures, BOXES)
    hook._swap_ema_parameters()
    again = inferencer(pictures, BOXES)
    for one, two, other in zip(plain, again, swapped, strict=True):
        for first, second, third in zip(one.landmarks, two.landmarks, other.landmarks, strict=True):
            np.testing.assert_array_equal(first.points, second.points)
            assert np.abs(first.points - third.points).max() > 1


@pytest.mark.parametrize(
    'speed',
    [
        dict(channels_last=False),
        dict(fuse=False),
        dict(fuse=False, channels_last=False),
        dict(decoding='codec'),
    ],
)
def test_options_change_nothing(speed, pictures):
    reference, model = model_of('UDP'), model_of('UDP')
    results = TopdownInferencer.from_model(model, **speed)(pictures, BOXES)
    assert_as_mmpose(reference, results, pictures, BOXES)


@pytest.mark.parametrize('head', ['MSRA', 'RTMCC', 'decoders'])
def test_bfloat16_finds_nearly_the_same(head, pictures):
    model = model_of(head)
    dtypes = []
    part = model.backbone
    part.register_forward_hook(lambda *a: dtypes.append(a[2][-1].dtype))
    exact, rough = (
        TopdownInferencer.from_model(model, bfloat16=half)(pictures[0], BOXES[0], datasets='dogs')
        for half in (False, True)
    )
    assert dtypes[1::2] == [torch.float32, torch.bfloat16]  # after the runs of one crop
    for one, two in zip(exact[0].landmarks, rough[0].landmarks, strict=True):
        assert np.median(np.abs(one.points - two.points)) < 1
        assert np.abs(one.scores - two.scores).max() < 0.05 * np.abs(one.scores).max()


class Shifting(PoseDataPreprocessor):
    """A data preprocessor that does something else."""

    def forward(self, data: dict, training: bool = False) -> dict:
        data = super().forward(data, training)
        assert len(data['data_samples']) == len(data['inputs']), 'samples belong to pictures'
        return dict(data, inputs=data['inputs'].roll(3, dims=-1))


@pytest.mark.parametrize('kind', [PackedPoseDataPreprocessor, Shifting])
def test_other_data_preprocessors(kind, pictures):
    model = model_of('RTMCC')
    settings = {k: v for k, v in model.cfg.model.data_preprocessor.items() if k != 'type'}
    model.data_preprocessor = kind(**settings)
    results = TopdownInferencer.from_model(model)(pictures, BOXES)
    assert_as_mmpose(model, results, pictures, BOXES)


def test_unknown_models_take_their_own_way(pictures, monkeypatch, caplog):
    model = model_of('MSRA')

    class Other(type(model)):
        def predict(self, inputs, data_samples):
            return super().predict(inputs + 0.0, data_samples)

    model.__class__ = Other
    assert not TopdownPredictor(model).is_known
    results = TopdownInferencer.from_model(model)(pictures, BOXES)
    assert_as_mmpose(model, results, pictures, BOXES)
    assert model.test_cfg['flip_test'] and 'output_heatmaps' not in model.test_cfg


def test_boxes_and_pictures_that_cannot_be_used(pictures, tmp_path):
    model = model_of('MSRA')
    inferencer = TopdownInferencer.from_model(model)
    (tmp_path / 'broken.png').write_bytes(b'no picture')
    inputs = [pictures[0], str(tmp_path / 'broken.png'), make_picture()[..., 0]]
    boxes = [[[5, 5, 60, 60], [9, 9, 9, 40], [500, 5, 600, 50]], [[0, 0, 9, 9]], [[1, 1, 50, 50]]]
    results = inferencer(inputs, boxes)
    assert [[one is None for one in result.landmarks] for result in results] == [
        [False, True, True],
        [True],
        [False],
    ]
    assert 'has no area' in results[0].problems[0] and 'outside' in results[0].problems[1]
    assert 'broken.png' in results[1].problems[0] and len(results[1].problems) == 1
    assert_as_mmpose(model, results[2:], [cv2.cvtColor(inputs[2], cv2.COLOR_GRAY2BGR)], boxes[2:])
    with pytest.raises(LandmarkError, match='box 1 .* has no area'):
        inferencer(inputs, boxes, strict=True)
    with pytest.raises(LandmarkError, match='not among the pictures'):
        inferencer(inputs, [*boxes, []])
    with pytest.raises(LandmarkError, match='1 data sets for 3 boxes'):
        inferencer(inputs, boxes, datasets=[['dogs'], 'dogs', 'dogs'])


def test_wrong_options_are_told(tmp_path):
    paths = save_model(tmp_path, landmark_config())
    assert TopdownInferencer(*paths, device='cpu').schema.name == 'dogflw46'
    for options, text in (
        (dict(decoding='gpu'), 'decoding'),
        (dict(batch_size=0), 'batch_size'),
        (dict(workers=0), 'workers'),
    ):
        with pytest.raises(LandmarkError, match=text):
            TopdownInferencer(*paths, device='cpu', **options)
    with pytest.raises(LandmarkError, match='no top-down model'):
        TopdownInferencer.from_model(torch.nn.Linear(2, 2))


@pytest.mark.parametrize(
    ('options', 'device', 'can', 'asked', 'said'),
    [
        (dict(), 'cpu', True, 0, ''),
        (dict(keep_memory=True), 'cpu', True, 1, ''),
        (dict(keep_memory=True), 'cpu', False, 1, 'no malloc of glibc'),
        (dict(keep_memory=True), 'meta', True, 0, 'the model is on meta'),
    ],
)
def test_memory_is_kept_where_asked_for_or_why_not_is_said_once(
    options, device, can, asked, said, monkeypatch
):
    """The process itself is left alone: what it is told cannot be taken back."""
    calls, lines = [], []
    monkeypatch.setattr(memory, 'keep_memory', lambda: calls.append(1) or can)
    monkeypatch.setattr(topdown_predictor, 'print_log', lambda line, **_: lines.append(line))
    TopdownInferencer.from_model(model_of('MSRA').to(device), **options)
    assert len(calls) == asked and len(lines) == bool(said)
    assert all('keep_memory changes nothing' in line and said in line for line in lines)


def test_a_model_in_training_mode_is_refused(pictures):
    model = model_of('MSRA').train()
    inferencer = TopdownInferencer.from_model(model)
    with pytest.raises(LandmarkError, match=r'training mode; expected model.eval\(\)'):
        inferencer(pictures, BOXES)
    model.eval()
    assert_as_mmpose(model, inferencer(pictures, BOXES), pictures, BOXES)


def test_damaged_weights_are_no_numbers():
    model = model_of('MSRA')
    torch.nn.init.constant_(model.head.final_layer.linear.bias, float('nan'))
    with pytest.raises(LandmarkError, match='array 0: .* expected finite numbers'):
        TopdownInferencer.from_model(model)(make_picture(), [5, 5, 80, 80])
