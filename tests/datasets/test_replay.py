import numpy as np
import pytest
import torch
from coco_files import CROSS, SQUARE
from mmengine.registry import init_default_scope

from datasets.picture_sets import CODEC, PIPELINE, change, two_sets
from mmlandmark.annotations.pseudo_labels import PseudoLabels, write_pseudo_labels
from mmlandmark.datasets import MultiKeypointDataset
from mmlandmark.datasets.seeding import SampleIndex
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import SchemaUnion

UNION = SchemaUnion.build(SQUARE, CROSS, name='toy')
NAMES = UNION.schema.keypoints
BOTTOM = UNION.schema.indices(['left_bottom', 'right_bottom'])
OWN = UNION.channel_indices('cross')


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


@pytest.fixture
def labels():
    """Predictions on the crosses 101 to 103; there is none on 104."""
    rng = np.random.default_rng(5)
    points = rng.uniform([12, 12], [52, 36], (3, len(NAMES), 2)).round(2)
    scores = np.full((3, len(NAMES)), 0.9)
    scores[1, BOTTOM[0]] = 0.59
    return PseudoLabels(np.array([103, 101, 102]), points, scores)


@pytest.fixture
def build(tmp_path, labels):
    sets = two_sets(tmp_path, 3, 4)

    def make(**options):
        file = tmp_path / 'labels.json'
        write_pseudo_labels(file, UNION.name, NAMES, {'cross': labels}, overwrite=True)
        replay = {'file': str(file), 'union': UNION.to_json(), 'weight': 0.25, **options}
        replay = {key: value for key, value in replay.items() if value is not None}
        return MultiKeypointDataset(sets, replay={'cross': replay})

    make.sets = sets
    return make


def still(sets):
    """The pipelines without anything by chance."""
    for config in sets.values():
        config['pipeline'] = [
            step for step in PIPELINE if not step['type'].startswith(('Random', 'Photo'))
        ]


def weights(sample):
    return sample['data_samples'].gt_instance_labels.keypoint_weights[0].numpy()


def test_confident_points_fill_the_channels_that_the_data_set_has_not(build, labels):
    still(build.sets)
    data_set = build()
    raw = data_set.datasets['cross']
    row_of = {id_: row for row, id_ in enumerate(labels.ids.tolist())}
    for local in range(4):
        sample = data_set[3 + local]
        instances = sample['data_samples'].gt_instances
        own = raw.get_data_info(local)
        assert sample['data_samples'].label_schema == 'union'
        assert instances.keypoints.shape == (1, len(NAMES), 2)
        np.testing.assert_array_equal(instances.keypoints[0, OWN], own['keypoints'][0])
        expected = np.zeros(len(NAMES))
        expected[OWN] = 1
        row = row_of.get(own['id'])
        if row is not None:
            sure = BOTTOM[labels.scores[row, BOTTOM] >= 0.6]
            expected[sure] = 0.25
            np.testing.assert_allclose(instances.keypoints[0, sure], labels.points[row, sure], 1e-6)
        np.testing.assert_array_equal(weights(sample), expected)
        np.testing.assert_array_equal(instances.keypoints_visible[0], expected > 0)
    assert labels.scores[1, BOTTOM[0]] < 0.6


def test_a_point_of_the_schema_that_is_not_labelled_stays_so(build, tmp_path):
    still(build.sets)

    def unlabel(data):
        data['annotations'][0]['keypoints'][:3] = [0, 0, 0]

    change(tmp_path / 'cross' / 'annotations.json', unlabel)
    middle = UNION.schema.index('middle')
    sample = build()[3]
    assert weights(sample)[middle] == 0
    assert not sample['data_samples'].gt_fields.heatmaps[middle].any()
    assert weights(sample)[BOTTOM].any()


def test_members_without_replay_are_as_they_were(build):
    sample = build()[0]['data_samples']
    assert 'label_schema' not in sample
    assert sample.gt_instances.keypoints.shape == (1, 4, 2)


def test_flips_are_those_of_the_union(build, labels):
    pipeline = [
        PIPELINE[0],
        PIPELINE[1],
        {'type': 'RandomFlip', 'prob': 1.0, 'direction': 'horizontal'},
        {'type': 'TopdownAffine', 'input_size': (32, 32)},
        *PIPELINE[-2:],
    ]
    still(build.sets)
    plain = build()
    for config in build.sets.values():
        config['pipeline'] = pipeline
    mirrored = build()
    for index in (3, 4, 5):
        one, two = plain[index]['data_samples'], mirrored[index]['data_samples']
        assert two.flip
        np.testing.assert_array_equal(two.flip_indices, UNION.schema.flip_indices)
        flip = UNION.schema.flip_indices
        np.testing.assert_array_equal(weights(plain[index])[flip], weights(mirrored[index]))
        width = 64
        moved = one.gt_instances.keypoints[0][flip]
        moved[:, 0] = width - 1 - moved[:, 0]
        labelled = weights(mirrored[index]) > 0
        found = two.gt_instances.keypoints[0]
        np.testing.assert_allclose(found[labelled], moved[labelled], atol=1e-4)


def test_the_weight_survives_the_whole_pipeline_and_every_codec(build):
    simcc = {'type': 'SimCCLabel', 'input_size': (32, 32), 'sigma': 4.0, 'simcc_split_ratio': 2.0}
    for codec in (CODEC, {**CODEC, 'type': 'UDPHeatmap', 'sigma': 1}, simcc):
        body = {'type': 'RandomHalfBody', 'min_total_keypoints': 2, 'prob': 1.0}
        middle = {'type': 'GenerateTarget', 'encoder': codec}
        pipeline = [*PIPELINE[:3], body, *PIPELINE[3:-2], middle, PIPELINE[-1]]
        build.sets['cross']['pipeline'] = pipeline
        data_set = build(min_score=0.1)
        for seed in range(6):
            found = weights(data_set[SampleIndex(3, seed)])
            assert set(found[BOTTOM].tolist()) <= {0, 0.25}
            assert set(found[OWN].tolist()) <= {0, 1}
            assert found.any()


def test_combined_targets_are_weighed_too(build):
    build.sets['cross']['pipeline'] = [
        *PIPELINE[:-2],
        {'type': 'GenerateTarget', 'multilevel': True, 'encoder': [CODEC, CODEC]},
        PIPELINE[-1],
    ]
    data_set = build()
    seen = data_set[SampleIndex(3, 0)]['data_samples'].gt_instance_labels.keypoint_weights
    assert seen.shape == (2, 1, len(NAMES))
    assert torch.unique(seen[..., BOTTOM]).tolist() in ([0, 0.25], [0.25])


def test_what_is_filled_is_counted(build, monkeypatch):
    lines = []
    monkeypatch.setattr('mmlandmark.datasets.replay.print_log', lambda m, **_: lines.append(m))
    build(min_score=0.6)
    assert lines == [
        "replay of data set 'cross': 5 of 8 points of channels without labels filled (score at "
        'least 0.6, weight 0.25): left_bottom 2, right_bottom 3; 1 of 4 samples have no predictions'
    ]


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'file': None}, "replay of data set 'cross' needs 'file'"),
        ({'union': None}, "needs 'union'"),
        ({'union': 'union2'}, "replay of data set 'cross': there is no union 'union2'"),
        ({'union': 'union21'}, "'cross': no member of union 'union21' has the keypoints of schema"),
        ({'weigth': 1}, "no option 'weigth' .did you mean 'weight'"),
        ({'weight': 0}, 'weight is 0; expected a number above 0'),
        ({'min_score': float('nan')}, 'min_score is nan'),
        ({'file': 'nowhere.json'}, 'nowhere.json: cannot be read'),
    ],
)
def test_wrong_settings_are_named(build, options, message):
    with pytest.raises(LandmarkError, match=message):
        build(**options)


def test_predictions_on_another_file_are_refused(build, labels):
    labels.ids[:] = [1, 2, 3]
    with pytest.raises(LandmarkError, match='has none of its 4 annotations'):
        build()


def test_replay_of_an_unknown_or_tested_data_set_is_refused(build, tmp_path):
    with pytest.raises(LandmarkError, match="replay: there is no data set 'crss'"):
        MultiKeypointDataset(build.sets, replay={'crss': {}})
    build.sets['cross']['test_mode'] = True
    with pytest.raises(LandmarkError, match='expected a top-down data set that is trained on'):
        build()


def test_a_pipeline_without_targets_is_named(build):
    build.sets['cross']['pipeline'] = [*PIPELINE[:-2], PIPELINE[-1]]
    with pytest.raises(LandmarkError, match='makes no keypoint_weights'):
        build()[3]
    build.sets['cross']['pipeline'] = PIPELINE[:-1]
    with pytest.raises(LandmarkError, match='has no PackPoseInputs'):
        build()
