import cv2
import numpy as np
import pytest
from coco_files import CROSS, SQUARE, SQUARE_TO_CROSS, make_coco, square_points

from mmlandmark.apis import convert_coco
from mmlandmark.apis.show import show_conversion
from mmlandmark.errors import LandmarkError


@pytest.fixture
def converted():
    data = make_coco(square_points(6), per_image=2)
    data['categories'].append({'id': 2, 'name': 'car'})
    data['annotations'][4].update(iscrowd=1)
    del data['annotations'][4]['keypoints']
    return convert_coco(SQUARE_TO_CROSS, data)[1]


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / 'images'
    folder.mkdir()
    for name in ('0001.jpg', '0003.jpg'):
        cv2.imwrite(str(folder / name), np.zeros((480, 640, 3), dtype=np.uint8))
    return folder


def test_pictures_are_drawn_and_missing_ones_counted(tmp_path, converted, images):
    report = show_conversion(converted, SQUARE, CROSS, tmp_path / 'show', image_root=images)
    assert (report.drawn, report.missing, report.left) == (2, ('0002.jpg',), 0)
    assert '1 not found or damaged, the first is 0002.jpg' in report.summary('x')
    drawn = sorted(p.name for p in (tmp_path / 'show').iterdir())
    assert drawn == ['0001_1.jpg', '0003_3.jpg']
    canvas = cv2.imread(str(tmp_path / 'show' / drawn[0]))
    assert canvas.shape == (480, 1284, 3) and canvas.any()


def test_a_truncated_picture_is_not_drawn_half_grey(tmp_path, converted, images):
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    cv2.imwrite(str(images / '0001.jpg'), noise)
    content = (images / '0001.jpg').read_bytes()
    (images / '0001.jpg').write_bytes(content[: len(content) // 2])
    report = show_conversion(converted, SQUARE, CROSS, tmp_path / 'show', image_root=images)
    assert (report.drawn, report.missing) == (1, ('0001.jpg', '0002.jpg'))


def test_the_limit_is_kept_and_said(tmp_path, converted, images):
    report = show_conversion(
        converted, SQUARE, CROSS, tmp_path / 'show', image_root=images, max_images=1
    )
    assert (report.drawn, report.left) == (1, 2)
    assert '2 images more' in report.summary('x')
    with pytest.raises(LandmarkError, match='max_images is -1; expected at least 1'):
        show_conversion(converted, SQUARE, CROSS, tmp_path / 'none', max_images=-1)


def test_a_folder_that_holds_something_is_kept_without_overwrite(tmp_path, converted, images):
    with pytest.raises(LandmarkError, match='is not empty'):
        show_conversion(converted, SQUARE, CROSS, images, image_root=images)
    with pytest.raises(LandmarkError, match='is a file'):
        show_conversion(converted, SQUARE, CROSS, images / '0001.jpg', image_root=images)
    assert show_conversion(
        converted, SQUARE, CROSS, images, image_root=images, overwrite=True
    ).drawn
