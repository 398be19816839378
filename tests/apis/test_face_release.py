import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO
from raw_faces import cat_release, dog_release, face_points, write_label, write_picture

from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.apis.face_release import convert_face_release
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

FILES = {'train.json', 'val.json', 'test.json', 'audit.json', 'audit.txt', 'contact_sheet.png'}


@pytest.fixture
def dogs(tmp_path):
    return dog_release(tmp_path / 'DogFLW')


def names(path):
    return {path.name for path in path.iterdir()}


def test_dogs_become_three_files_that_others_read(dogs, tmp_path):
    out = tmp_path / 'out'
    result = convert_face_release(dogs, out, val_fraction=0.3, strict=True)
    assert {path.name for path in result.written} == names(out)
    breeds, ids = {}, []
    for part in ('train', 'val', 'test'):
        coco = COCO(str(out / f'{part}.json'))
        annotations = coco.loadAnns(coco.getAnnIds())
        breeds[part] = {annotation['breed'] for annotation in annotations}
        ids += coco.getImgIds()
        read = read_coco_keypoints(out / f'{part}.json', get_schema('dogflw46'))
        assert len(read) == len(annotations) and (read.visible == 2).all()
        for image in coco.loadImgs(coco.getImgIds()):
            assert (dogs / image['file_name']).is_file()
            assert (image['width'], image['height']) == (96, 64)
    assert len(breeds['train']) == 3 and len(breeds['val']) == 1 and len(breeds['test']) == 4
    assert not breeds['train'] & breeds['val']
    assert sorted(ids) == list(range(1, 17))
    expected = [10 * breed + 3 for breed in range(4)]
    test = read_coco_keypoints(out / 'test.json', get_schema('dogflw46'))
    np.testing.assert_array_equal(test.points, [face_points(seed) for seed in expected])


def test_cats_are_divided_by_subject(tmp_path):
    root, out = cat_release(tmp_path / 'CatFLW'), tmp_path / 'out'
    convert_face_release(root, out, val_fraction=0.2, test_fraction=0.2)
    subjects = {}
    for part in ('train', 'val', 'test'):
        content = read_json(out / f'{part}.json')
        assert content['categories'][0]['name'] == 'cat_face'
        subjects[part] = [annotation['subject'] for annotation in content['annotations']]
        assert all(subjects[part].count(subject) == 2 for subject in subjects[part])
    sets = [set(value) for value in subjects.values()]
    assert len(set.union(*sets)) == sum(map(len, sets)) == 20


def test_a_damaged_picture_moves_no_other_face(dogs, tmp_path):
    before = convert_face_release(dogs, tmp_path / 'a', val_fraction=0.3)
    path = dogs / before.faces.raw.pictures[before.parts['train'][0]]
    path.write_bytes(b'')
    after = convert_face_release(dogs, tmp_path / 'b', val_fraction=0.3)
    for part in ('val', 'test'):
        np.testing.assert_array_equal(before.parts[part], after.parts[part])
    assert after.parts['train'].tolist() == before.parts['train'].tolist()[1:]
    shown = after.text()
    assert '1 readable faces left out' in shown and '1 x unreadable picture' in shown
    assert f'{path.relative_to(dogs)}: unreadable picture: the file is empty' in shown
    assert read_json(tmp_path / 'b' / 'audit.json')['problems'][0]['reason'] == 'unreadable picture'
    with pytest.raises(LandmarkError, match='unreadable picture: the file is empty'):
        convert_face_release(dogs, tmp_path / 'c', strict=True)
    assert not (tmp_path / 'c').exists()


def test_every_defect_is_counted_in_the_audit_of_its_part(dogs, tmp_path):
    points = face_points(0)
    points[3], points[4] = [None, None], [-3.5, 20]
    write_label(dogs / 'train/labels/n02080000_0.json', points, ('1', '1', '3', '3'))
    write_label(dogs / 'train/labels/n02080000_1.json', face_points(1), box='none')
    write_label(dogs / 'train/labels/n02080000_2.json', face_points(2), ('9', '9', '9', '40'))
    write_picture(dogs / 'test/images/n02080009_0.png')
    result = convert_face_release(dogs, tmp_path / 'out', val_fraction=0.3)
    train, test = result.audits['train'].counts, result.audits['test'].counts
    found = {name: count for name, count in train.items() if count}
    assert found == {
        'box_malformed': 1,
        'box_without_area': 1,
        'box_no_overlap': 1,
        'box_covers_under_half': 1,
        'box_holds_under_90': 1,
        'nan_points': 1,
        'negative_points': 1,
        'outside_points': 1,
    }
    assert {name: count for name, count in test.items() if count} == {'picture without label': 1}
    assert result.faces.box_sources.tolist()[:4] == ['landmarks'] * 3 + ['annotation']
    assert names(tmp_path / 'out') == FILES
    written = read_json(tmp_path / 'out' / 'audit.json')
    assert written['audits']['train']['counts'] == train
    assert (tmp_path / 'out' / 'audit.txt').read_text() == result.text() + '\n'
    sheet = cv2.imread(str(tmp_path / 'out' / 'contact_sheet.png'))
    assert sheet.std() > 10


def test_files_of_an_earlier_run_do_not_stay(dogs, tmp_path):
    out = tmp_path / 'out'
    convert_face_release(dogs, out, val_fraction=0.3)
    (out / 'mine.json').write_text('{}')
    with pytest.raises(LandmarkError, match=r'train\.json: exists; not written without overwrite'):
        convert_face_release(dogs, out)
    convert_face_release(dogs, out, val_fraction=0, overwrite=True)
    assert 'val.json' not in names(out) and {'train.json', 'mine.json'} <= names(out)


def test_wrong_settings_write_nothing(dogs, tmp_path):
    out = tmp_path / 'out'
    for options, message in (
        ({'bbox_source': 'landmark'}, 'unknown box source'),
        ({'outside': 'x'}, 'unknown choice'),
        ({'split_by': 'image'}, "unknown group 'image'"),
        ({'schema': 'dogflw'}, "dogflw46'?"),
        ({'val_fraction': 2}, 'val fraction is 2'),
        ({'sizes': [tmp_path / 'none.json']}, r'none\.json: cannot be read'),
    ):
        with pytest.raises(LandmarkError, match=message):
            convert_face_release(dogs, out, **options)
    with pytest.raises(LandmarkError, match='is a file; expected a folder'):
        convert_face_release(dogs, dogs / 'train/labels/n02080000_0.json')
    assert not out.exists()


def test_a_part_without_a_usable_face_is_an_error(dogs, tmp_path):
    for path in (dogs / 'test/images').iterdir():
        path.write_bytes(b'x')
    with pytest.raises(LandmarkError, match="part 'test' is empty"):
        convert_face_release(dogs, tmp_path / 'out', val_fraction=0.3)


def test_the_release_converts_with_the_exact_counts(shared_data, tmp_path):
    root, out = shared_data / 'dogflw_labels', tmp_path / 'out'
    sizes = sorted(root.glob('*_image_sizes.json'))
    result = convert_face_release(root, out, sizes=sizes, strict=True)
    counts = result.audits['train'].counts
    assert {name: count for name, count in counts.items() if count} == {
        'box_no_overlap': 28,
        'box_covers_under_half': 106,
        'box_holds_under_90': 143,
        'box_past_image': 44,
        'nan_points': 2,
        'negative_points': 2,
        'outside_points': 2,
        'mirrored': 2,
    }
    assert sum(len(rows) for rows in result.parts.values()) == 3853 + 235
    assert len(result.parts['test']) == 235
    breeds = [{result.groups[row] for row in result.parts[part]} for part in ('train', 'val')]
    assert len(breeds[0]) + len(breeds[1]) == 120 and not breeds[0] & breeds[1]
    assert (result.faces.box_sources[: len(result.faces.raw)] == 'landmarks').sum() == 143
    for part, rows in result.parts.items():
        content = json.loads((out / f'{part}.json').read_text(), parse_constant=pytest.fail)
        assert len(content['annotations']) == len(rows)
        keypoints = np.array([a['keypoints'] for a in content['annotations']]).reshape(-1, 46, 3)
        seen = keypoints[..., 2] == 2
        assert not (seen & (keypoints[..., :2] == 0).all(axis=2)).any()
        assert (seen.sum(axis=1) == [a['num_keypoints'] for a in content['annotations']]).all()
        assert (np.array([a['bbox'] for a in content['annotations']])[:, 2:] > 0).all()
