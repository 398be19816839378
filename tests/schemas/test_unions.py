"""The shipped unions against their stated form, recipes, and what MMPose gets wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from doc_blocks import Page

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import SchemaUnion, get_mapping, get_schema, get_union, list_unions

PAGE = Page('docs/unions.md')
COCO, MPII, AIC = (get_schema(name) for name in ('coco17', 'mpii16', 'aic14'))
# coco17 index of each mpii16 index
SHARED = {0: 16, 1: 14, 2: 12, 3: 11, 4: 13, 5: 15, 10: 10, 11: 8, 12: 6, 13: 5, 14: 7, 15: 9}
OWN = {9: 17, 8: 18, 7: 19, 6: 20}  # channel of MPII's head_top, upper_neck, thorax, pelvis


def test_all_unions_are_tested() -> None:
    assert list_unions() == [
        'face68-face48',
        'hand21-mmposehand21',
        'union21',
        'union23',
        'union33',
        'union33-reversed',
    ]
    for name in list_unions():
        assert get_union(name).name == name and get_union(name).schema.description


@pytest.mark.parametrize(('name', 'count'), [('union21', 21), ('union23', 23)])
def test_merged_bodies(name: str, count: int) -> None:
    union = get_union(name)
    assert union.num_channels == count
    assert union.channel_indices('coco17').tolist() == list(range(17))
    assert union.channel_indices('mpii16').tolist() == [{**SHARED, **OWN}[i] for i in range(16)]
    assert union.schema.keypoints[17:21] == ('head_top', 'upper_neck', 'thorax', 'pelvis')
    if name == 'union23':
        on_coco = [COCO.index(keypoint) for keypoint in AIC.keypoints[:12]]
        assert union.channel_indices('aic14').tolist() == [*on_coco, 21, 22]
        assert union.holders('head_top') == ('mpii16.head_top',)
        assert union.holders('aic14_head_top') == ('aic14.head_top',)
        assert union.holders('neck') == ('aic14.neck',)


@pytest.mark.parametrize('name', ['union33', 'union33-reversed'])
def test_bodies_side_by_side_supervise_every_channel(name: str) -> None:
    """A published head of 33 channels leaves one of its joints without supervision."""
    union = get_union(name)
    assert union.num_channels == 33
    assert union.channel_indices('coco17').tolist() == list(range(17))
    wanted = [32 - i if name == 'union33-reversed' else 17 + i for i in range(16)]
    assert union.channel_indices('mpii16').tolist() == wanted
    times = np.add(*(union.labelled(member.name).astype(int) for member in union.members))
    assert times.tolist() == [1] * 33
    for index, keypoint in enumerate(MPII.keypoints):
        channel = union.schema.keypoints[wanted[index]]
        assert union.holders(channel) == (f'mpii16.{keypoint}',)


def test_the_face_union() -> None:
    union = get_union('face68-face48')
    assert union.num_channels == 68 + 48 - 23
    assert union.channel_indices('face68').tolist() == list(range(68))
    pairs = {
        tuple(point.split('.')[1] for point in union.holders(channel))
        for channel in union.schema.keypoints
        if len(union.holders(channel)) == 2
    }
    published = {
        (next(iter(rule)), target) for target, rule in get_mapping('face68-to-face48').rules.items()
    }
    assert pairs == published | {('outer_lip_2', 'right_upper_lip_inner')} and len(published) == 22
    face48 = get_schema('face48')
    assert get_schema('face68').keypoints[50] == 'outer_lip_2'
    assert face48.keypoints[41] == 'right_upper_lip_inner'


def test_the_published_correspondence_contradicts_itself() -> None:
    with pytest.raises(LandmarkError) as caught:
        SchemaUnion.build('face68', 'face48', merge='face68-to-face48')
    for word in (
        'face68.outer_lip_4 swaps with face68.outer_lip_2',
        'face48.left_upper_lip_inner swaps with face48.right_upper_lip_inner',
    ):
        assert word in str(caught.value)
    kept = SchemaUnion.build(
        'face68',
        'face48',
        merge='face68-to-face48',
        merges={'upper_lip': ['face68.outer_lip_2', 'face48.right_upper_lip_inner']},
    )
    assert kept.num_channels == 93


def test_several_ways_of_merging_together() -> None:
    union = SchemaUnion.build(
        'coco17', 'face68', 'face48', merge=['names', 'face68-to-face48-mirrored']
    )
    assert union.num_channels == 17 + 93


def test_a_union_takes_every_form(tmp_path: Path, monkeypatch) -> None:
    union = get_union('union21')
    assert get_union(union) is union and get_union('union21') is union
    assert get_union(union.to_json()) == union
    recipe = {'members': ['coco17', 'mpii16'], 'order': ['coco17.*', '-mpii16.*'], 'name': 'mine'}
    assert get_union(recipe).same_channels(union) and get_union(recipe).name == 'mine'
    (tmp_path / 'own.json').write_text(json.dumps(COCO.to_json()))
    (tmp_path / 'map.json').write_text(json.dumps(get_mapping('face48-to-face68').to_json()))
    path = tmp_path / 'recipe.json'
    content = {'members': ['own.json', 'face68', 'face48'], 'merge': ['names', 'map.json']}
    path.write_text(json.dumps(content))
    monkeypatch.chdir('/')
    assert get_union(path).num_channels == 17 + 93
    path.write_text(json.dumps(dict(content, merge='none')))
    assert get_union(str(path)).num_channels == 17 + 68 + 48


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ({'member': []}, "no field 'member'.*did you mean 'members'"),
        ({'members': 'coco17'}, 'must be a list'),
        ({'members': []}, 'has no members'),
        ({'members': ['coco18']}, "did you mean 'coco17'"),
        ({'members': ['coco17'], 'merges': 3}, 'not a union'),
        ({'channels': {}}, "needs the field 'schema'"),
    ],
)
def test_a_bad_recipe_is_named(content: dict, words: str, tmp_path: Path) -> None:
    path = tmp_path / 'bad.json'
    path.write_text(json.dumps(content))
    with pytest.raises(LandmarkError, match=f'bad.json: .*{words}'):
        get_union(path)


def test_unknown_unions_are_named(tmp_path: Path) -> None:
    with pytest.raises(LandmarkError, match=r"no union 'union2' \(did you mean 'union2[13]'\?\)"):
        get_union('union2')
    with pytest.raises(LandmarkError, match='no such union file'):
        get_union(tmp_path / 'none.json')
    with pytest.raises(LandmarkError, match='a union is a name'):
        get_union(3)


@pytest.mark.parametrize('interpolated', [False, True])
def test_mmpose_gives_wrong_flip_indices_where_a_union_does_not(interpolated: bool) -> None:
    """``KeypointConverter`` as its configs use it: MPII into the 21 channels by an index list."""
    converting = pytest.importorskip('mmpose.datasets.transforms.converting')
    union = get_union('union21')
    channels = union.channel_indices('mpii16').tolist()
    pairs = [((i, i) if interpolated else i, channel) for i, channel in enumerate(channels)]
    results = converting.KeypointConverter(union.num_channels, pairs).transform(
        {
            'keypoints': np.arange(32.0).reshape(1, 16, 2),
            'keypoints_visible': np.ones((1, 16)),
            'flip_indices': MPII.flip_indices.tolist(),
        }
    )
    ours = union.schema.flip_indices
    theirs = results['flip_indices']
    assert list(theirs) != ours.tolist()
    points, visible = np.arange(32.0).reshape(1, 16, 2), np.ones((1, 16))
    spread, marks = union.scatter('mpii16', points, visible)
    np.testing.assert_array_equal(spread, results['keypoints'])
    flipped, _ = union.gather('mpii16', spread[:, ours], marks[:, ours])
    np.testing.assert_array_equal(flipped, points[:, MPII.flip_indices])


def test_every_example_of_the_guide_runs() -> None:
    text = PAGE.whole
    assert len(PAGE.python) == 2
    for block in PAGE.python:
        block.run()
    rows = {row.split('`')[1]: row.split('|')[3] for row in text.splitlines() if row[:3] == '| `'}
    assert {name: get_union(name).num_channels for name in list_unions()} == {
        name: int(count) for name, count in rows.items()
    }
