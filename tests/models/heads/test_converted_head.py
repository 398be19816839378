"""Heads that answer in another schema, on a network that finds every point exactly."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.runner.checkpoint import _load_checkpoint_to_model  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.converters import KeypointConverter  # noqa: E402
from mmlandmark.models.converters.checkpoint import META_KEY  # noqa: E402
from mmlandmark.models.heads import ConvertedHead, converted_head  # noqa: E402
from mmlandmark.schemas import Mapping, get_mapping, get_schema, get_union  # noqa: E402
from models.heads.peak_model import (  # noqa: E402
    FLIP,
    SIZE,
    estimator,
    in_image,
    inputs,
    peak_head,
    random_points,
    samples,
)

UNION = get_union('union21').schema
COCO, MPII = get_schema('coco17'), get_schema('mpii16')
TO_MPII = get_mapping('coco17-to-mpii16')
SHARED = Mapping.between(COCO, MPII)


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def converted(conversion='coco17-to-mpii16', head=None, **options):
    return dict(
        type='ConvertedHead', head=head or peak_head('coco17'), conversion=conversion, **options
    )


def predict(model, points, made, values=1.0, flipped=False):
    batch = inputs(points, values)
    with torch.no_grad():
        return model(batch.flip(-1) if flipped else batch, made, mode='predict')


def found(predictions, field='keypoints'):
    return np.concatenate([getattr(p.pred_instances, field) for p in predictions])


def ones(points):
    return np.full(points.shape[:2], 2)


def converter_file(folder, **options):
    """The checkpoint of a converter whose affine part is random."""
    torch.manual_seed(0)
    converter = KeypointConverter('coco17', 'mpii16', dict(type='affine'), mapping=None, **options)
    weight = torch.rand_like(converter.affine_weight)
    converter.affine_weight.data = weight / weight.sum(1, keepdim=True)
    converter.affine_offset.copy_(torch.randn_like(converter.affine_offset))
    converter.fitted.fill_(True)
    state = {f'head.converter.{k}': v for k, v in converter.state_dict().items()}
    path = folder / 'converter.pth'
    meta = {META_KEY: json.dumps(converter.describe())}
    torch.save(dict(meta=meta, state_dict=state), path)
    return path, converter


@pytest.mark.parametrize('test_cfg', [{}, FLIP], ids=['plain', 'flip'])
def test_points_are_those_of_the_mapping_in_image_coordinates(test_cfg):
    points, made = random_points(3, 'coco17'), samples(3, MPII)
    predictions = predict(estimator('coco17', converted(), test_cfg), points, made)
    wanted, _ = TO_MPII.apply(in_image(points, made), ones(points))
    np.testing.assert_allclose(found(predictions), wanted, atol=1e-3)
    assert (found(predictions, 'keypoints_visible') == 2).all()
    assert found(predictions, 'keypoints_visible').dtype == np.uint8
    assert not found(predictions, 'keypoints_inferred').any()
    np.testing.assert_allclose(
        found(predictions, 'source_keypoints'), in_image(points, made), atol=1e-3
    )
    assert found(predictions, 'source_keypoint_scores').shape == (3, 17)
    for sample in predictions:
        assert sample.metainfo['pred_schema'] == MPII
        assert sample.metainfo['source_schema'] == COCO
        # what the data set said is there again
        assert sample.metainfo['flip_indices'] == MPII.flip_indices.tolist()


def test_the_plain_model_cannot_do_the_flip_test_with_the_data_sets_indices():
    points, made = random_points(1, 'coco17'), samples(1, MPII)
    with pytest.raises((AssertionError, IndexError)):
        predict(estimator('coco17', peak_head('coco17'), FLIP), points, made)


def test_wrong_flip_indices_would_be_seen(monkeypatch):
    """The flip test of this stub fails where left and right are not exchanged."""
    points, made = random_points(1, 'coco17'), samples(1, MPII)
    model = estimator('coco17', converted(), FLIP)
    model.backbone.flips = list(range(17))
    wanted, _ = TO_MPII.apply(in_image(points, made), ones(points))
    assert np.abs(found(predict(model, points, made)) - wanted).max() > 5


@pytest.mark.parametrize('test_cfg', [{}, FLIP], ids=['plain', 'flip'])
def test_a_mirrored_picture_gives_mirrored_points(test_cfg):
    points, made = random_points(2, 'coco17', seed=3), samples(2, MPII)
    for sample in made:  # the same part of the picture on both sides of its middle
        sample.set_metainfo(dict(input_center=np.array([500.0, 300.0], dtype=np.float32)))
    model = estimator('coco17', converted(), test_cfg)
    straight = found(predict(model, points, made))
    mirrored = found(predict(model, points, made, flipped=True))
    width = np.array([s.metainfo['input_scale'][0] for s in made])[:, None] / SIZE[0]
    expected = straight[:, MPII.flip_indices]
    # the network's pixel x becomes W - 1 - x
    np.testing.assert_allclose(mirrored[..., 0], 1000 - width - expected[..., 0], atol=1e-2)
    np.testing.assert_allclose(mirrored[..., 1], expected[..., 1], atol=1e-2)


def test_uncovered_points_are_declared():
    head = converted('names', source_schema='coco17', target_schema='mpii16')
    points, made = random_points(2, 'coco17'), samples(2, MPII)
    predictions = predict(estimator('coco17', head), points, made)
    np.testing.assert_array_equal(
        found(predictions, 'keypoints_covered'), np.tile(SHARED.covered, (2, 1))
    )
    np.testing.assert_array_equal(
        found(predictions, 'keypoints_visible') > 0, np.tile(SHARED.covered, (2, 1))
    )
    assert not found(predictions, 'keypoint_scores')[:, ~SHARED.covered].any()
    wanted, _ = SHARED.apply(in_image(points, made), ones(points))
    np.testing.assert_allclose(found(predictions), wanted, atol=1e-3)


def test_coverage_is_logged(monkeypatch):
    lines = []
    monkeypatch.setattr(converted_head, 'print_log', lambda line, logger: lines.append(line))
    MODELS.build(converted('names', source_schema='coco17', target_schema='mpii16'))
    assert lines == [f'Predictions are converted by {SHARED.coverage}']
    assert '12 of 16' in lines[0] and lines[0].endswith('pelvis, thorax, upper_neck, head_top')


def test_scores_are_means_of_the_sources_and_weak_sources_are_not_seen():
    values = np.linspace(0.2, 0.9, 17)[None]
    points, made = random_points(1, 'coco17'), samples(1, MPII)
    predictions = predict(estimator('coco17', converted()), points, made, values)
    scores = found(predictions, 'keypoint_scores')[0]
    hips = [values[0, COCO.index(f'{side}_hip')] for side in ('left', 'right')]
    assert scores[MPII.index('pelvis')] == pytest.approx(np.mean(hips), abs=1e-5)
    wrist = values[0, COCO.index('left_wrist')]
    assert scores[MPII.index('left_wrist')] == pytest.approx(wrist, abs=1e-5)

    head = converted(score_thr=0.5)
    predictions = predict(estimator('coco17', head), points, made, values)
    _, visible = TO_MPII.apply(points, np.where(values > 0.5, 2, 0))
    assert 0 < (visible == 0).sum() < 16
    np.testing.assert_array_equal(found(predictions, 'keypoints_visible'), visible)
    assert found(predictions, 'keypoints_covered').all()
    assert not found(predictions, 'keypoint_scores')[visible == 0].any()


@pytest.mark.parametrize('normalizer', ['similarity', 'bbox'])
def test_a_converter_works_in_image_coordinates(tmp_path, normalizer):
    path, converter = converter_file(tmp_path, image_offset=True, normalizer=normalizer)
    points, made = random_points(4, 'coco17'), samples(4, MPII)
    predictions = predict(estimator('coco17', converted(path), FLIP), points, made)
    boxes = np.concatenate([sample.gt_instances.bboxes for sample in made])
    wanted = converter.eval().convert(in_image(points, made), ones(points), boxes)
    np.testing.assert_allclose(found(predictions), wanted.points, atol=1e-2)
    # in coordinates of the input it would be something else
    inside = converter.convert(points, ones(points), boxes).points
    assert np.abs(in_image(inside, made) - wanted.points).max() > 1


def test_a_converter_infers_points_of_weak_sources(tmp_path):
    path, _ = converter_file(tmp_path)
    values = np.where(np.arange(17) < 4, 0.1, 0.9)[None]
    points, made = random_points(1, 'coco17'), samples(1, MPII)
    head = converted(path, score_thr=0.5)
    predictions = predict(estimator('coco17', head), points, made, values)
    assert found(predictions, 'keypoints_inferred').any()
    assert (found(predictions, 'keypoints_visible') > 0).all()


def test_a_converter_declares_what_its_pairs_taught_it(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(converted_head, 'print_log', lambda line, logger: lines.append(line))
    path, converter = converter_file(tmp_path)
    taught = np.array([name != 'left_knee' for name in MPII.keypoints])
    checkpoint = torch.load(path, weights_only=True)
    checkpoint['state_dict']['head.converter.covered'] = torch.tensor(taught)
    torch.save(checkpoint, path)
    points, made = random_points(2, 'coco17'), samples(2, MPII)
    predictions = predict(estimator('coco17', converted(path)), points, made)
    for field in ('keypoints_covered', 'keypoints_visible'):
        np.testing.assert_array_equal(found(predictions, field) > 0, np.tile(taught, (2, 1)))
    assert not found(predictions, 'keypoint_scores')[:, ~taught].any()
    assert lines == [
        f'Predictions are converted by {converter.name}: 15 of 16 keypoints; not given: left_knee; '
        'learned without a source of that name: pelvis, thorax, upper_neck, head_top'
    ]


def test_only_what_another_conversion_covers_may_be_declared(tmp_path):
    points, made = random_points(2, 'coco17'), samples(2, MPII)
    path, _ = converter_file(tmp_path)
    plain = predict(estimator('coco17', converted(path)), points, made)
    everything = found(plain)
    assert found(plain, 'keypoints_covered').all()
    few = predict(estimator('coco17', converted(path, covered_by='names')), points, made)
    np.testing.assert_array_equal(found(few, 'keypoints_covered'), np.tile(SHARED.covered, (2, 1)))
    np.testing.assert_array_equal(found(few), everything)
    assert found(few, 'keypoints_visible').all()  # they are given all the same
    rules = {'head_top': 'nose'}
    only = dict(name='head', source='coco17', target='mpii16', rules=rules)
    both = converted('names', source_schema='coco17', target_schema='mpii16', covered_by=only)
    with pytest.raises(LandmarkError, match="covers no keypoint that 'coco17-to-mpii16.*' gives"):
        MODELS.build(both)
    with pytest.raises(LandmarkError, match="target schema 'aic14', expected 'mpii16'"):
        MODELS.build(converted(covered_by='coco17-to-aic14'))


def trained_head():
    return dict(peak_head('coco17'), in_channels=3, final_layer=dict(kernel_size=1))


@pytest.mark.parametrize('kind', ['mapping', 'converter'])
def test_the_checkpoint_of_the_plain_model_loads(tmp_path, kind):
    conversion = converter_file(tmp_path)[0] if kind == 'converter' else 'coco17-to-mpii16'
    plain = estimator('coco17', trained_head())
    model = estimator('coco17', converted(conversion, head=trained_head()))
    state = plain.state_dict()
    for strict in (True, False):
        found = model.load_state_dict(dict(state), strict=strict)
        assert not found.missing_keys and not found.unexpected_keys
    _load_checkpoint_to_model(model, dict(state_dict=dict(state)), strict=True)
    for key, value in plain.head.state_dict().items():
        assert torch.equal(model.head.head.state_dict()[key], value)
    other = estimator('coco17', converted(conversion, head=trained_head()))
    other.load_state_dict(model.state_dict())  # its own checkpoint loads as well
    assert torch.equal(other.head.head.final_layer.weight, plain.head.final_layer.weight)
    wrong = state | {key: state[key][:16] for key in state if 'final_layer' in key}
    for strict in (True, False):  # MMEngine loads without: it would test a layer that is random
        with pytest.raises(LandmarkError, match=r"'final_layer.weight' is 16x3x1x1, .* 17x3x1x1"):
            model.load_state_dict(dict(wrong), strict=strict)


def union_head(**more):
    head = {k: v for k, v in peak_head('coco17').items() if k not in ('type', 'out_channels')}
    return dict(
        type='UnionHeatmapHead',
        **(head | dict(in_channels=21)),
        union='union21',
        datasets=dict(coco='coco17', mpii='mpii16'),
        **more,
    )


def test_a_union_head_with_a_target_schema_is_converted():
    model = estimator(UNION, converted(head=union_head(target_schema='coco17')), FLIP)
    points, made = random_points(2, 'coco17'), samples(2, MPII)
    channels = np.concatenate([points, random_points(2, 'mpii16', 9)[:, :4]], axis=1)
    predictions = predict(model, channels, made)
    wanted, _ = TO_MPII.apply(in_image(points, made), ones(points))
    np.testing.assert_allclose(found(predictions), wanted, atol=1e-3)
    plain = estimator(UNION, union_head())
    assert not model.load_state_dict(plain.state_dict()).missing_keys
    chosen_at_test = dict(FLIP, target_schema='coco17')
    model = estimator(UNION, converted(head=union_head()), chosen_at_test)
    np.testing.assert_allclose(found(predict(model, channels, made)), wanted, atol=1e-3)


def test_a_head_of_several_decoders_is_converted():
    decoder = {k: v for k, v in peak_head('coco17').items() if k != 'out_channels'}
    decoder['loss'] = dict(type='KeypointMSELoss', use_target_weight=True)
    datasets = dict(coco='coco17', mpii='mpii16')
    head = dict(type='MultiDecoderHead', datasets=datasets, decoder_head=decoder)
    model = estimator('coco17', converted(head=head | dict(target_schema='coco17')), FLIP)
    points, made = random_points(2, 'coco17'), samples(2, MPII)
    wanted, _ = TO_MPII.apply(in_image(points, made), ones(points))
    np.testing.assert_allclose(found(predict(model, points, made)), wanted, atol=1e-3)
    with pytest.raises(LandmarkError, match="MultiDecoderHead answers in each data set's own"):
        estimator('coco17', converted(head=head))


@pytest.mark.parametrize(
    ('target', 'message'),
    [
        (None, "answers in each data set's own schema; give it target_schema='coco17'"),
        ('mpii16', "target_schema='mpii16', but its points are converted from 'coco17'"),
    ],
)
def test_a_union_head_must_answer_in_the_source_schema(target, message):
    with pytest.raises(LandmarkError, match=message):
        estimator(UNION, converted(head=union_head(target_schema=target)))


def test_answers_in_another_schema_are_refused():
    # "union" is told only by the prediction
    model = estimator(UNION, converted(head=union_head(target_schema='union')))
    points, made = np.full((1, 21, 2), 50.0), samples(1, MPII)
    with pytest.raises(LandmarkError, match="annotation 1 .*answers in 'union21'"):
        predict(model, points, made)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(conversion='coco17-to-mpi16'), "no mapping 'coco17-to-mpi16' .did you mean"),
        (dict(conversion='nowhere.json'), 'nowhere.json: '),
        (dict(conversion='nowhere.pth'), 'nowhere.pth: no such checkpoint'),
        (dict(conversion=3), "conversion is 3; expected 'names'"),
        (dict(conversion='names'), "'names' needs source_schema and target_schema"),
        (dict(conversion='mpii16-to-coco17'), "out_channels=17, but schema 'mpii16'"),
        (dict(source_schema='mpii16'), "has source schema 'coco17', expected 'mpii16'"),
        (dict(target_schema='coco17'), "has target schema 'mpii16', expected 'coco17'"),
        (dict(head=peak_head('mpii16')), 'HeatmapHead has out_channels=16.* expected 17'),
    ],
)
def test_what_cannot_be_right_is_said_in_one_line_when_built(changes, message):
    with pytest.raises(LandmarkError, match=message) as raised:
        MODELS.build(converted() | changes)
    assert '\n' not in str(raised.value)


def test_a_combined_codec_has_three_maps_per_keypoint():
    codec = dict(type='UDPHeatmap', input_size=SIZE, heatmap_size=(48, 64), heatmap_type='combined')
    head = dict(peak_head('coco17'), out_channels=51, in_channels=3, decoder=codec)
    head['final_layer'] = dict(kernel_size=1)
    MODELS.build(converted(head=head))
    with pytest.raises(LandmarkError, match='expected 51'):
        MODELS.build(converted(head=head | dict(out_channels=17)))


def test_indices_chosen_before_the_conversion_are_refused():
    with pytest.raises(LandmarkError, match='output_keypoint_indices'):
        estimator('coco17', converted(), dict(output_keypoint_indices=list(range(17))))


def test_data_sets_of_another_schema_are_refused():
    head = MODELS.build(converted())
    head.check_datasets(dict(mpii=MPII))
    with pytest.raises(LandmarkError, match="data set 'coco' is labelled in 'coco17'"):
        head.check_datasets(dict(coco=COCO))
    model, points = estimator('coco17', converted()), random_points(1, 'coco17')
    with pytest.raises(LandmarkError, match='annotation 1 .1.jpg.: the data set labels 17'):
        predict(model, points, samples(1, COCO))
    made = samples(1, MPII)
    made[0].set_metainfo(dict(flip_indices=list(range(16))))
    with pytest.raises(LandmarkError, match='mirrors its keypoints as'):
        predict(model, points, made)


def test_pictures_without_labels_are_predicted():
    made, points = samples(1, COCO), random_points(1, 'coco17')
    del made[0].gt_instances.keypoints, made[0].gt_instances.keypoints_visible
    predictions = predict(estimator('coco17', converted(), FLIP), points, made)
    wanted, _ = TO_MPII.apply(in_image(points, made), ones(points))
    np.testing.assert_allclose(found(predictions), wanted, atol=1e-3)


def test_points_that_are_not_finite_are_named(monkeypatch):
    model, made = estimator('coco17', converted()), samples(2, MPII)
    decode = type(model.head.head).decode

    def broken(self, maps):
        instances = decode(self, maps)
        instances[1].keypoints[0, COCO.index('left_hip')] = np.nan
        return instances

    monkeypatch.setattr(type(model.head.head), 'decode', broken)
    with pytest.raises(LandmarkError, match=r"annotation 2 \(2.jpg\): .*'left_hip' at"):
        predict(model, random_points(2, 'coco17'), made)


def test_a_sample_without_its_place_in_the_picture_is_named():
    made = samples(1, MPII)
    del made[0].input_scale
    with pytest.raises(LandmarkError, match="has no 'input_scale'"):
        predict(estimator('coco17', converted()), random_points(1, 'coco17'), made)


def test_heatmaps_stay_those_of_the_source():
    model = estimator('coco17', converted(), dict(FLIP, output_heatmaps=True))
    predictions = predict(model, random_points(1, 'coco17'), samples(1, MPII))
    assert predictions[0].pred_fields.heatmaps.shape == (17, *SIZE[::-1])


def test_training_is_refused():
    model, made = estimator('coco17', converted()), samples(1, MPII)
    with pytest.raises(LandmarkError, match='only predicts; train the head'):
        model(inputs(random_points(1, 'coco17')), made, mode='loss')
    assert not any('conver' in name for name, _ in model.named_parameters())
    assert isinstance(model.head, ConvertedHead)
