"""The shipped schema files against the published definitions."""

from __future__ import annotations

import numpy as np
import pytest

from mmlandmark.schemas import KeypointSchema, get_mapping, get_schema, list_schemas

from .test_metainfo import mmpose_files

DOG_PAIRS = (
    '0,1 2,3 4,5 6,7 8,9 10,11 12,13 14,15 16,17 18,19 20,21 22,23 26,27 28,29 30,31 33,34 36,37 '
    '39,40 43,44'
)
PAIRS = {
    'mpii16': '0,5 1,4 2,3 10,15 11,14 12,13',
    'face48': '1,11 2,10 3,9 4,8 5,7 13,18 14,19 15,20 16,21 17,22 23,29 24,28 25,27 30,33 31,32 '
    '40,43 41,42 44,47 45,46',
    'dogflw46': DOG_PAIRS,
    'hand21': '',
    'catflw48': '1,3 4,8 5,9 6,10 7,11 12,13 14,15 18,20 19,21 22,31 23,30 24,29 25,28 26,27 32,35 '
    '33,34 36,41 37,40 38,39 42,43 44,45 46,47',
    'aflw21': '0,5 1,4 2,3 6,11 7,10 8,9 12,16 13,15 17,19',
}


def pair_indices(schema: KeypointSchema) -> set[tuple[int, int]]:
    return {(schema.index(a), schema.index(b)) for a, b in schema.swaps}


def mmpose_schema(stem: str) -> KeypointSchema:
    files = {path.stem: path for path in mmpose_files()}
    if stem not in files:
        pytest.skip('MMPose is not installed')
    return KeypointSchema.from_file(files[stem])


@pytest.mark.parametrize(
    ('name', 'count'),
    [
        ('coco17', 17), ('mpii16', 16), ('aic14', 14), ('face68', 68),
        ('face48', 48), ('dogflw46', 46), ('hand21', 21), ('aflw21', 21),
        ('catflw48', 48), ('animalpose20', 20), ('mesh478', 478), ('mmposehand21', 21),
    ],
)  # fmt: skip
def test_counts(name: str, count: int) -> None:
    assert get_schema(name).num_keypoints == count


@pytest.mark.parametrize('name', PAIRS)
def test_pairs_are_the_published_ones(name: str) -> None:
    expected = {tuple(map(int, pair.split(','))) for pair in PAIRS[name].split()}
    assert pair_indices(get_schema(name)) == expected


# face68 counts from image-left to image-right; it is compared with MMPose instead. The names of
# mesh478 end in MediaPipe's numbers.
@pytest.mark.parametrize('name', sorted({*list_schemas()} - {'face68', 'mesh478'}))
def test_a_pair_differs_in_its_side_only(name: str) -> None:
    schema = get_schema(name)
    sides = {'left', 'right', 'L', 'R'}

    def neutral(keypoint: str) -> list[str]:
        return ['side' if word in sides else word for word in keypoint.split('_')]

    for one, two in schema.swaps:
        assert sides & set(one.split('_'))
        assert neutral(one) == neutral(two)
    paired = {name for pair in schema.swaps for name in pair}
    for keypoint in schema.keypoints:
        assert (keypoint in paired) == bool(sides & set(keypoint.split('_')))


@pytest.mark.parametrize(
    ('name', 'stem'),
    [('coco17', 'coco'), ('mpii16', 'mpii'), ('aic14', 'aic'), ('animalpose20', 'animalpose')],
)
def test_bodies_agree_with_mmpose(name: str, stem: str) -> None:
    ours, theirs = get_schema(name), mmpose_schema(stem)
    assert ours.differences(theirs) == ''
    assert ours.swaps == theirs.swaps
    assert ours.sigmas == theirs.sigmas and ours.weights == theirs.weights
    for half in ('upper_body', 'lower_body'):
        assert ours.regions[half] == theirs.regions[half]


@pytest.mark.parametrize('stem', ['300w', 'coco_wholebody_face'])
def test_face68_flips_like_mmpose(stem: str) -> None:
    np.testing.assert_array_equal(
        get_schema('face68').flip_indices, mmpose_schema(stem).flip_indices
    )


@pytest.mark.parametrize(
    ('name', 'stem'), [('face68', 'coco_wholebody_face'), ('hand21', 'coco_wholebody_hand')]
)
def test_sigmas_are_those_of_coco_wholebody(name: str, stem: str) -> None:
    assert get_schema(name).sigmas == mmpose_schema(stem).sigmas


def test_hand21_has_the_order_of_onehand10k() -> None:
    ours, theirs = get_schema('hand21'), mmpose_schema('onehand10k')
    names = {'thumb': 'thumb', 'forefinger': 'index', 'middle_finger': 'middle'}
    names |= {'ring_finger': 'ring', 'pinky_finger': 'pinky'}
    for index, other in enumerate(theirs.keypoints[1:], start=1):
        finger, joint = names[other[:-1]], int(other[-1]) - 1
        joints = ['cmc', 'mcp', 'ip', 'tip'] if finger == 'thumb' else ['mcp', 'pip', 'dip', 'tip']
        assert ours.keypoints[index] == f'{finger}_{joints[joint]}'
    assert ours.keypoints[0] == theirs.keypoints[0] == 'wrist'
    rules = get_mapping('mmposehand21-to-hand21').rules
    assert list(rules) == list(ours.keypoints)
    for stem in ('onehand10k', 'freihand2d', 'panoptic_hand2d'):
        assert mmpose_schema(stem).keypoints == get_schema('mmposehand21').keypoints
    assert not mmpose_schema('onehand10k').differences(get_schema('mmposehand21'))


def test_face68_names_stand_at_their_indices() -> None:
    schema = get_schema('face68')
    places = {'jaw_8': 8, 'left_brow_0': 22, 'nose_bridge_0': 27, 'nose_base_2': 33}
    places |= {'right_eye_0': 36, 'left_eye_3': 45, 'outer_lip_6': 54, 'inner_lip_0': 60}
    for name, index in places.items():
        assert schema.index(name) == index
    assert schema.normalizers['eye_outer'] == ('right_eye_0', 'left_eye_3')


def test_face48_says_where_its_names_come_from() -> None:
    assert 'reading of the published figure' in get_schema('face48').description


def test_dogflw46_has_the_published_groups_and_a_partition() -> None:
    schema = get_schema('dogflw46')
    groups = {
        'right_eye': [16, 18, 20, 22],
        'left_eye': [17, 19, 21, 23],
        'right_ear': [0, 2, 4, 6, 8, 10, 12],
        'left_ear': [1, 3, 5, 7, 9, 11, 13],
        'nose': [25, 26, 27, 32, 33, 34, 35],
        'mouth': [*range(24, 38), 39, 40, 42, 43, 44, 45],
        'forehead': [14, 15, 0, 1, 20, 21],
    }
    for region, indices in groups.items():
        assert schema.indices(region).tolist() == indices
    parts = ['right_eye', 'left_eye', 'right_ear', 'left_ear', 'brows', 'bridge', 'cheeks']
    parts += ['nose_leather', 'muzzle', 'lower_jaw']
    members = [name for part in parts for name in schema.regions[part]]
    assert sorted(members) == sorted(schema.keypoints)
    ends = {label: schema.indices(sides).tolist() for label, sides in schema.normalizers.items()}
    assert ends['eye_outer'] == [18, 19] and ends['ear_base'] == [0, 1]


def test_catflw48_has_a_partition_and_says_what_its_names_are_worth() -> None:
    schema = get_schema('catflw48')
    assert [schema.index(m) for m in schema.keypoints if 'midline' in m] == [0, 2, 16, 17]
    members = [name for names in schema.regions.values() for name in names]
    assert sorted(members) == sorted(schema.keypoints)
    ends = {label: schema.indices(sides).tolist() for label, sides in schema.normalizers.items()}
    assert ends == {'eye_outer': [4, 8], 'eye_inner': [5, 9], 'ear_base': [26, 27]}
    assert 'neutral' in schema.description
    # 36 lies above 38 in 3 % of the published pictures only
    assert [schema.keypoints[i] for i in (36, 38)] == [
        'right_eye_area_lower',
        'right_eye_area_upper',
    ]


def test_mesh478_is_numbered_as_the_canonical_face() -> None:
    """Its left half is numbered after its right half and the midline, in the same order."""
    schema = get_schema('mesh478')
    flips = schema.flip_indices.tolist()
    sides = [name.split('_')[0] for name in schema.keypoints]
    assert [name.split('_')[-1] for name in schema.keypoints] == [str(i) for i in range(478)]
    right = [i for i in range(248) if flips[i] != i]
    assert [flips[i] for i in right] == list(range(248, 468))
    # an iris counts from its centre on: image-right, top, image-left, bottom
    assert flips[468:] == [473, 476, 475, 474, 477, 468, 471, 470, 469, 472]
    for i, j in enumerate(flips):
        assert (sides[i], sides[j]) in {('right', 'left'), ('left', 'right')} or i == j
        assert schema.keypoints[i].split('_')[-2] == schema.keypoints[j].split('_')[-2]
        assert (i == j) == (sides[i] not in ('left', 'right'))


def test_mesh478_has_a_partition_and_the_published_corners() -> None:
    schema = get_schema('mesh478')
    joint = {'brows', 'eyes', 'irises'}
    members = [n for region, names in schema.regions.items() if region not in joint for n in names]
    assert sorted(members) == sorted(schema.keypoints)
    ends = {label: schema.indices(sides).tolist() for label, sides in schema.normalizers.items()}
    assert ends['eye_outer'] == [33, 263] and ends['eye_inner'] == [133, 362]
    assert ends['eye_centre'] == [468, 473] and ends['mouth_width'] == [61, 291]


def test_mesh478_has_the_contours_of_mediapipe() -> None:
    contours = pytest.importorskip('mediapipe.python.solutions.face_mesh_connections')
    schema = get_schema('mesh478')
    stated = {'outline': 'FACE_OVAL', 'mouth': 'LIPS', 'nose': 'NOSE'}
    for side in ('left', 'right'):
        stated |= {f'{side}_eye': f'{side.upper()}_EYE', f'{side}_brow': f'{side.upper()}_EYEBROW'}
    for region, name in stated.items():
        links = getattr(contours, f'FACEMESH_{name}')
        assert set(schema.indices(region).tolist()) == {i for link in links for i in link}
    drawn = {frozenset(schema.indices(link).tolist()) for link in schema.skeleton}
    theirs = contours.FACEMESH_CONTOURS | contours.FACEMESH_IRISES | contours.FACEMESH_NOSE
    assert drawn == set(map(frozenset, theirs))


@pytest.mark.parametrize('name', list_schemas())
def test_a_mirror_image_looks_the_same(name: str) -> None:
    """Skeleton, regions and normalisers map onto each other under the swaps."""
    schema = get_schema(name)
    flip = dict(zip(schema.keypoints, schema.flip_indices, strict=True))
    mirror = {one: schema.keypoints[two] for one, two in flip.items()}
    links = {frozenset(link) for link in schema.skeleton}
    assert links == {frozenset(mirror[n] for n in link) for link in links}
    assert len(links) == len(schema.skeleton)
    regions = {frozenset(names) for names in schema.regions.values()}
    assert regions == {frozenset(mirror[n] for n in names) for names in regions}


# one hand has no sides; it is coloured by finger
@pytest.mark.parametrize('name', sorted({*list_schemas()} - {'hand21', 'mmposehand21'}))
def test_left_is_blue_and_right_is_orange(name: str) -> None:
    schema = get_schema(name)
    for blue_or_orange, keypoint in zip(schema.colors, schema.keypoints, strict=True):
        if keypoint.startswith(('left', 'right')):
            assert blue_or_orange == ((0, 114, 178) if keypoint[0] == 'l' else (230, 159, 0))
    for one, two in schema.swaps:
        assert schema.colors[schema.index(one)] != schema.colors[schema.index(two)]
