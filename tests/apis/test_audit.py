"""A COCO file with its pictures, from the file to what is written."""

import json

import cv2
import numpy as np
import pytest
from coco_files import SQUARE, make_coco, save, square_points

from mmlandmark.annotations.audit_file import NO_ANNOTATION, NO_FILE_NAME
from mmlandmark.annotations.release_problems import OTHER_SIZE, UNREADABLE_PICTURE
from mmlandmark.apis.audit import MISSING_PICTURE, audit_file, check_audit_folder, write_audit
from mmlandmark.errors import LandmarkError


@pytest.fixture
def data():
    data = make_coco(square_points(12) * 0.8 + 10)
    for annotation in data['annotations']:
        x, y, width, height = annotation['bbox']
        rows = np.array(annotation['keypoints']).reshape(4, 3)[:, :2]
        low, size = rows.min(axis=0), np.ptp(rows, axis=0)
        annotation['bbox'] = [*low.tolist(), *size.tolist()]
    data['annotations'][3]['bbox'] = [600, 450, 20, 20]
    return data


@pytest.fixture
def root(tmp_path, data):
    """Pictures of every image but two; one is cut short, one has another size."""
    folder = tmp_path / 'pictures'
    folder.mkdir()
    for number, image in enumerate(data['images'][:-2]):
        size = (100, 90) if number == 1 else (480, 640)
        picture = np.full((*size, 3), 200, dtype=np.uint8)
        picture[::2] = np.random.default_rng(number).integers(0, 255, (size[1], 3))
        assert cv2.imwrite(str(folder / image['file_name']), picture)
    broken = folder / data['images'][0]['file_name']
    broken.write_bytes(broken.read_bytes()[:5000])
    return folder


@pytest.fixture
def path(tmp_path, data):
    return save(tmp_path / 'faces.json', data)


def test_pictures_are_looked_at_where_a_folder_is_given(path, root):
    result = audit_file(path, SQUARE, data_root=root)
    problems = {(f.name, f.finding) for f in result.audit.findings if f.name.endswith('.jpg')}
    assert problems == {
        ('0001.jpg', UNREADABLE_PICTURE),
        ('0002.jpg', OTHER_SIZE),
        ('0011.jpg', MISSING_PICTURE),
        ('0012.jpg', MISSING_PICTURE),
    }
    (size,) = result.audit.named(OTHER_SIZE)
    assert size.detail == '90 x 100, the file says 640 x 480'
    assert not any('pictures' in note for note in result.audit.notes)
    assert result.text().startswith(f'{path}: 12 instances of square, 48 labelled points')


def test_without_a_folder_they_are_not_and_it_says_so(path):
    result = audit_file(path, SQUARE)
    assert result.audit.notes == ('pictures not looked at',)
    assert {f.name for f in result.audit.findings} == {'annotation 4 (0004.jpg)'}


def test_a_size_that_the_file_lacks_is_that_of_the_picture(path, root, data):
    for image in data['images']:
        del image['width']
    data['annotations'][5]['bbox'] = [0, 0, 645, 470]
    save(path, data)
    result = audit_file(path, SQUARE, data_root=root)
    past = {f.name: f.value for f in result.audit.named('box_past_image')}
    assert past['annotation 6 (0006.jpg)'] == 5.0
    assert result.audit.notes[-1].startswith('3 of 12 instances without a picture size')


def test_images_without_a_name_are_counted_one_by_one(path, root, data):
    for image in data['images'][4:7]:
        del image['file_name']
    counts = audit_file(save(path, data), SQUARE, data_root=root).audit.counts
    assert (counts[NO_FILE_NAME], counts[MISSING_PICTURE]) == (3, 2)


def test_images_without_annotations_are_counted(path, data):
    data['images'].append({'id': 99, 'file_name': 'alone.jpg', 'width': 9, 'height': 9})
    audit = audit_file(save(path, data), SQUARE).audit
    assert audit.counts[NO_ANNOTATION] == 1
    assert audit.findings[0].name == 'alone.jpg'


def test_findings_have_the_ids_of_the_file(path, root, data):
    for annotation in data['annotations']:
        annotation['id'] += 100
    data['annotations'][4]['num_keypoints'] = 3
    data['annotations'][5]['image_id'] = 77
    data['annotations'][6]['keypoints'] = data['annotations'][7]['keypoints']
    data['images'].append({'id': 99, 'width': 9, 'height': 9})
    written = audit_file(save(path, data), SQUARE, data_root=root).audit.to_json()
    found = {(f['finding'], f['annotation_id'], f['image_id']) for f in written['findings']}
    assert {
        ('box_no_overlap', 104, 4),
        ('wrong num_keypoints', 105, 5),
        ('annotation without image', 106, None),
        ('duplicate', 108, 8),
        (NO_FILE_NAME, None, 99),
        (NO_ANNOTATION, None, 99),
        (UNREADABLE_PICTURE, None, 1),
        (OTHER_SIZE, None, 2),
        (MISSING_PICTURE, None, 11),
    } <= found


def test_everything_is_written_and_old_sheets_do_not_stay(path, root, tmp_path, data):
    result = audit_file(path, SQUARE, data_root=root)
    out = tmp_path / 'out'
    files = write_audit(out, result)
    assert [file.name for file in files] == ['audit.json', 'audit.txt', 'contact_sheet.png']
    content = json.loads((out / 'audit.json').read_bytes())
    assert content['counts']['box_no_overlap'] == 1
    assert content['file'] == str(path)
    assert (out / 'audit.txt').read_text() == result.text() + '\n'
    assert cv2.imread(str(out / 'contact_sheet.png')).shape == (384, 316, 3)
    with pytest.raises(LandmarkError, match=r'audit\.json: exists; not written without overwrite'):
        write_audit(out, result)
    del data['annotations'][3]
    files = write_audit(out, audit_file(save(path, data), SQUARE), overwrite=True)
    assert [file.name for file in files] == ['audit.json', 'audit.txt']
    assert not (out / 'contact_sheet.png').exists()


def test_the_sheet_shows_the_picture_and_grey_where_it_is_damaged(path, root, data):
    data['annotations'][0]['bbox'] = [600, 450, 20, 20]
    # 0001.jpg is damaged, 0004.jpg is whole
    result = audit_file(save(path, data), SQUARE, data_root=root)
    assert result.audit.worst(2) == ['annotation 4 (0004.jpg)', 'annotation 1 (0001.jpg)']
    sheet = result.sheet(2)
    whole, damaged = (
        len(np.unique(sheet[60:300, left : left + 300].reshape(-1, 3), axis=0)) for left in (8, 316)
    )
    assert whole > 5000 > 500 > damaged


def test_wrong_folders_are_one_line(path, tmp_path):
    with pytest.raises(LandmarkError, match='none: no such folder of pictures'):
        audit_file(path, SQUARE, data_root=tmp_path / 'none')
    with pytest.raises(LandmarkError, match=r'faces\.json: is a file; expected a folder'):
        check_audit_folder(path)
