import dataclasses
import json

import numpy as np
import pytest
from two_labellings import SHARED, Differences, make_people, pair_file

from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.apis.merge_floor import read_floor
from mmlandmark.apis.merge_gain import cross_validated_points
from mmlandmark.apis.merge_output import report_text, write_merge_report
from mmlandmark.apis.merge_pairs import (
    joint_pairs,
    mapping_without_names,
    read_schema_pairs,
    unit_lengths,
)
from mmlandmark.apis.merge_report import merge_report
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.merge_verdict import APART, MERGE, OFFSET, UNDECIDED, Limits
from mmlandmark.schemas import get_schema, get_union
from mmlandmark.synthetic.faces import make_faces
from mmlandmark.synthetic.pair_file import pair_document

COCO, MPII = get_schema('coco17'), get_schema('mpii16')
CONTROLS = ('upper_neck=left_shoulder+right_shoulder', 'head_top=left_eye+right_eye')
GUIDE_PAIRS = (
    *CONTROLS,
    'thorax=left_shoulder+right_shoulder',
    'pelvis=left_hip+right_hip',
)
BIAS = {
    'left_shoulder': (0.07, 0.0),
    'right_shoulder': (-0.07, 0.0),
    'left_knee': (0.0, 0.15),
    'right_knee': (0.0, 0.15),
    'left_hip': (0.3, 0.0),
    'right_hip': (-0.3, 0.0),
}


def pairs_of(people, differences, hidden=0.0, force=False):
    return read_pairs(pair_file(people, differences, hidden), COCO, MPII, force=force)


def verdicts(report):
    return {
        pair.label: verdict.name
        for pair, verdict in zip(report.pairs, report.verdicts, strict=True)
    }


@pytest.fixture(scope='module')
def report():
    differences = Differences(BIAS, shift=(-0.03, 0.02), noise=0.1)
    pairs = pairs_of(make_people(800), differences, hidden=0.05)
    return merge_report(pairs, extra=CONTROLS, replicates=300)


def test_known_differences_get_their_verdicts(report):
    expected = dict.fromkeys(SHARED, MERGE) | dict.fromkeys(CONTROLS, APART)
    expected |= {name: OFFSET for name in BIAS} | dict.fromkeys(('left_hip', 'right_hip'), APART)
    assert verdicts(report) == expected
    within = {p.label for p, v in zip(report.pairs, report.verdicts, strict=True) if v.within}
    assert within == {n for n in SHARED if 'knee' not in n and 'hip' not in n}


def test_the_common_shift_is_removed_and_reported(report):
    np.testing.assert_allclose(report.agreement.offset.total, (-0.03, 0.02), atol=0.01)
    assert any('common shift along the picture, removed: x -0.0' in n for n in report.notes())


def test_the_recipe_is_a_union_of_what_may_be_merged(report):
    union = get_union(report.recipe)
    assert union.num_channels == 17 + 16 - 8
    assert union.holders('left_wrist') == ('coco17.left_wrist', 'mpii16.left_wrist')
    assert union.holders('left_shoulder') == ('coco17.left_shoulder', 'mpii16.left_shoulder')
    channels = dict(zip(MPII.keypoints, union.channels['mpii16'], strict=True))
    assert channels['left_hip'] != 'left_hip' and channels['left_knee'] != 'left_knee'


def test_corrected_labels_allow_more():
    pairs = pairs_of(make_people(400), Differences(BIAS, noise=0.1))
    recipe = merge_report(pairs, replicates=100, corrected=True).recipe
    assert 'left_knee' in recipe['merges'] and 'left_hip' not in recipe['merges']


def test_a_pure_shift_of_the_picture_merges_everything():
    differences = Differences(shift=(0.08, -0.06), pixels=(2.0, 0.0), noise=0.1)
    report = merge_report(pairs_of(make_people(400), differences), replicates=200)
    assert set(verdicts(report).values()) == {MERGE}
    assert any('itself above the tolerance' in note for note in report.notes())


def test_labels_that_differ_by_nothing_else_have_no_noise():
    differences = Differences(shift=(0.05, 0.0), noise=0.0)
    report = merge_report(pairs_of(make_people(60), differences), replicates=50)
    assert set(verdicts(report).values()) == {MERGE}
    json.dumps(report.to_json(), allow_nan=False)


def test_few_people_leave_everything_undecided():
    report = merge_report(pairs_of(make_people(25), Differences(BIAS)), replicates=50)
    assert set(verdicts(report).values()) == {UNDECIDED}
    assert report.recipe['merges'] == {}
    assert get_union(report.recipe).num_channels == 33


def test_many_people_on_few_images_are_few_samples():
    people = make_people(200, per_image=10)
    report = merge_report(pairs_of(people, Differences()), replicates=50)
    assert report.agreement.instances == 200
    assert set(verdicts(report).values()) == {UNDECIDED}
    some = merge_report(pairs_of(make_people(60), Differences()), replicates=50)
    assert any('few samples: all keypoints' in note for note in some.notes())


def test_wide_intervals_are_undecided_not_false():
    bias = {'left_knee': (0.0, 0.09), 'right_knee': (0.0, 0.09)}
    pairs = pairs_of(make_people(40), Differences(bias, noise=0.3))
    found = verdicts(merge_report(pairs, replicates=200))
    assert found['left_knee'] == found['right_knee'] == UNDECIDED


def test_exchanged_sides_are_kept_apart():
    content = pair_file(make_people(100), Differences())
    category = content['categories'][0]
    partner = [MPII.keypoints[i] for i in MPII.flip_indices]
    category['keypoints_target'] = partner
    with pytest.raises(LandmarkError, match='swapped|exchanged'):
        read_pairs(content, COCO, MPII)
    report = merge_report(read_pairs(content, COCO, MPII, force=True), replicates=50)
    assert set(verdicts(report).values()) == {APART}
    assert all('exchanged' in verdict.reasons[0] for verdict in report.verdicts)


def test_a_keypoint_that_nobody_labels_is_undecided(tmp_path):
    content = pair_file(make_people(60), Differences())
    for annotation in content['annotations']:
        at = 3 * MPII.index('left_wrist')
        annotation['keypoints_target'][at : at + 3] = [0, 0, 0]
    report = merge_report(read_pairs(content, COCO, MPII), replicates=20)
    found = verdicts(report)
    assert found['left_wrist'] == found['right_wrist'] == UNDECIDED
    assert found['left_elbow'] == MERGE
    content = json.loads((write_merge_report(tmp_path / 'out', report) / 'report.json').read_text())
    wrist = next(joint for joint in content['joints'] if joint['target'] == 'left_wrist')
    assert (wrist['instances'], wrist['upper'], wrist['noise']) == (0, None, None)


def test_nobody_with_a_frame_is_an_error():
    content = pair_file(make_people(40), Differences())
    for annotation in content['annotations']:
        at = 3 * MPII.index('left_hip')
        annotation['keypoints_target'][at : at + 3] = [0, 0, 0]
    pairs = read_pairs(content, COCO, MPII)
    with pytest.raises(LandmarkError, match='none of 40 instances has a body frame'):
        merge_report(pairs, replicates=20)
    assert merge_report(pairs, replicates=20, frame='image').agreement.instances == 40


def test_two_labellings_of_one_schema_give_a_union_too():
    content = pair_file(make_people(60), Differences())
    rng = np.random.default_rng(0)
    for annotation in content['annotations']:
        flat = np.array(annotation['keypoints_target']).reshape(-1, 3)
        flat[:, :2] += rng.normal(0, 2.0, (16, 2))
        annotation['keypoints'] = flat.ravel().tolist()
    content['categories'][0]['keypoints'] = list(MPII.keypoints)
    report = merge_report(read_pairs(content, MPII, MPII), replicates=20)
    assert set(verdicts(report).values()) == {MERGE}
    assert get_union(report.recipe).num_channels == 16


def test_a_schema_of_ones_own_is_written_out():
    own = dataclasses.replace(MPII, name='mine')
    pairs = read_pairs(pair_file(make_people(60), Differences()), COCO, own)
    recipe = json.loads(json.dumps(merge_report(pairs, replicates=20).recipe))
    assert recipe['members'][0] == 'coco17'
    assert get_union(recipe).member('mine') == own


def test_one_bad_side_keeps_both_apart():
    bias = {'left_elbow': (0.3, 0.0)}
    found = merge_report(pairs_of(make_people(300), Differences(bias)), replicates=100)
    assert verdicts(found)['left_elbow'] == verdicts(found)['right_elbow'] == APART
    get_union(found.recipe)


def test_a_mapping_that_lacks_a_mirror_pair_gives_a_valid_union(shared_data):
    face68, face48 = get_schema('face68'), get_schema('face48')
    pairs = read_pairs(shared_data / 'face68_face48' / 'val.json', face68, face48)
    limits = Limits(tolerance=0.05)
    report = merge_report(pairs, mapping='face68-to-face48', limits=limits, replicates=50)
    assert report.agreement.frame == 'lateral' and report.normalizer == 'eye_outer'
    found = verdicts(report)
    assert found['upper_lip_mid=outer_lip_3'] == MERGE
    assert found['left_nostril=nose_base_3'] == APART
    # its mirror image is not in the published correspondence
    assert found['left_upper_lip_inner=outer_lip_4'] != APART
    assert 'left_upper_lip_inner' not in report.recipe['merges']
    get_union(report.recipe)


def test_real_bodies_and_negative_controls(shared_data, repo):
    pairs = read_pairs(shared_data / 'body_coco17_mpii16' / 'val.json', COCO, MPII)
    report = merge_report(pairs, extra=GUIDE_PAIRS, replicates=200)
    found = verdicts(report)
    assert [found[control] for control in CONTROLS] == [APART, APART]
    assert {found[name] for name in SHARED} <= {MERGE, OFFSET}
    assert all(found[f'left_{joint}'] == MERGE for joint in ('elbow', 'wrist', 'knee'))
    assert found['left_shoulder'] == OFFSET
    assert get_union(report.recipe).num_channels == 21
    # the pixel convention of these pairs
    np.testing.assert_allclose(report.agreement.offset.total[0], -0.023, atol=0.004)
    guide = (repo / 'docs' / 'merging.md').read_text(encoding='utf-8')
    rows = [line.strip('| ').split(' | ') for line in guide.splitlines() if line.count('|') == 6]
    stated = {row[0]: row[4] for row in rows if row[0] in found}
    assert stated == {name: found[name] for name in (*SHARED, *GUIDE_PAIRS)}


def test_a_fold_never_sees_its_own_images():
    people = make_people(100, per_image=2)
    pairs = pairs_of(people, Differences(noise=0.02))
    groups = people.groups
    one = cross_validated_points(pairs, groups)
    target = pairs.target_points.copy()
    target[groups == 7] += 500
    changed = cross_validated_points(dataclasses.replace(pairs, target_points=target), groups)
    np.testing.assert_array_equal(one[groups == 7], changed[groups == 7])
    assert (one[groups != 7] != changed[groups != 7]).any()
    assert np.isnan(cross_validated_points(pairs, np.zeros(100, dtype=np.int64))).all()


def test_files_are_whole_and_strict(report, tmp_path):
    folder = write_merge_report(tmp_path / 'out', report)
    content = json.loads((folder / 'report.json').read_text())
    assert content['joints'][0]['verdict'] == report.verdicts[0].name
    assert content['common_shift']['told_from_common_bias'] is True
    assert get_union(folder / 'union.json') == get_union(report.recipe)
    page = (folder / 'report.html').read_text()
    assert page.count('<svg') == len(report.pairs) == len(list((folder / 'keypoints').iterdir()))
    assert report_text(report) + '\n' == (folder / 'report.txt').read_text()
    with pytest.raises(LandmarkError, match='exists; not written without overwrite'):
        write_merge_report(folder, report)
    write_merge_report(folder, report, overwrite=True)
    (tmp_path / 'file').touch()
    with pytest.raises(LandmarkError, match='is a file; expected a folder'):
        write_merge_report(tmp_path / 'file' / 'out', report)


def test_the_floor_is_read_in_both_forms(report, tmp_path):
    stated = tmp_path / 'floor.json'
    stated.write_text('{"normalizer": "head_size", "errors": {"left_knee": 0.05}}')
    pairs = pairs_of(make_people(60), Differences(BIAS))
    found = merge_report(pairs, floor=stated, replicates=20)
    row = next(row for row in found.rows() if row['keypoint'] == 'left_knee')
    assert row['floor'] == 0.05
    assert any('x the floor' in note for note in found.notes())
    people = make_people(60)
    content = pair_file(people, Differences())
    content['categories'][0]['keypoints'] = list(MPII.keypoints)
    for annotation in content['annotations']:
        flat = np.array(annotation['keypoints_target']).reshape(-1, 3)
        flat[:, 0] += 0.1 * annotation['head_size']
        annotation['keypoints'] = flat.ravel().tolist()
    (tmp_path / 'own.json').write_text(json.dumps(content))
    floor = read_floor(tmp_path / 'own.json', MPII, 'head_size')
    assert set(floor) == set(MPII.keypoints)
    np.testing.assert_allclose(list(floor.values()), 0.1)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ({'normalizer': 'bbox', 'errors': {}}, "the floor is in 'bbox', the report in 'head_size'"),
        ({'normalizer': 'head_size'}, 'expected "errors"'),
        ({'normalizer': 'head_size', 'errors': {'left_kne': 1}}, "did you mean 'left_knee'"),
        ({'normalizer': 'head_size', 'errors': {'left_knee': -1}}, "'left_knee' has -1"),
    ],
)
def test_a_bad_floor_is_refused(content, message, tmp_path):
    (tmp_path / 'floor.json').write_text(json.dumps(content))
    with pytest.raises(LandmarkError, match=message):
        read_floor(tmp_path / 'floor.json', MPII, 'head_size')


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(extra=['upper_neck']), "pair 'upper_neck': expected target=source"),
        (dict(extra=['uper_neck=nose']), "did you mean 'upper_neck'"),
        (dict(extra=['upper_neck=nos']), "did you mean 'nose'"),
        (dict(extra=['left_knee=left_knee']), 'there already'),
        (dict(mapping='face68-to-face48'), "goes from 'face68' to 'face48'"),
        (dict(mapping='coco17-to-mpi16'), 'there is no mapping'),
    ],
)
def test_wrong_pairs_are_refused(options, message):
    with pytest.raises(LandmarkError, match=message):
        joint_pairs(COCO, MPII, **options)


def test_schemas_without_a_common_name_ask_for_a_mapping():
    with pytest.raises(LandmarkError, match='share no keypoint name; give a mapping'):
        joint_pairs(get_schema('face68'), MPII)


def test_schemas_without_a_common_name_take_the_shipped_mapping(tmp_path):
    (tmp_path / 'faces.json').write_text(json.dumps(pair_document(make_faces(40))))
    report = merge_report(read_schema_pairs(tmp_path / 'faces.json'), replicates=20)
    assert report.settings['mapping'] == 'face68-to-face48'
    assert 'chin=jaw_8' in [pair.label for pair in report.pairs]
    assert any('mapping face68-to-face48' in note for note in report.notes())
    assert mapping_without_names(COCO, MPII) is None


def test_units_are_found_and_wrong_ones_refused():
    pairs = pairs_of(make_people(20), Differences())
    assert unit_lengths(pairs, None)[0] == 'head_size'
    assert unit_lengths(pairs, 'ears')[0] == 'ears'
    assert unit_lengths(pairs, 'head_length')[0] == 'head_length'
    with pytest.raises(LandmarkError, match="unknown normaliser 'heads_size'"):
        unit_lengths(pairs, 'heads_size')
    with pytest.raises(LandmarkError, match="no 'person'"):
        merge_report(pairs, group_by='person')


def test_schemas_are_told_by_the_names_in_the_file(tmp_path):
    path = tmp_path / 'pairs.json'
    content = pair_file(make_people(5), Differences())
    path.write_text(json.dumps(content))
    pairs = read_schema_pairs(path)
    assert (pairs.source_schema, pairs.target_schema) == (COCO, MPII)
    del content['categories'][0]['keypoints_target']
    path.write_text(json.dumps(content))
    with pytest.raises(LandmarkError, match=r'pairs\.json: .* expected a file of pairs'):
        read_schema_pairs(path)
