import cv2
import numpy as np
import pytest

from mmlandmark.datasets.transforms import ResizePicture


def blob(x: float, y: float, width: int, height: int) -> np.ndarray:
    """A bright spot around a point; the picture ends at its width and height."""
    columns, rows = np.arange(width) + 0.5, np.arange(height) + 0.5
    spot = np.exp(-((columns - x) ** 2)[None] / 60 - ((rows - y) ** 2)[:, None] / 60)
    return np.repeat((spot * 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize('size', [(64, 64), (300, 100), (50, 200), (160, 120)])
def test_points_stay_on_what_they_mark(size) -> None:
    points = np.array([[[70.0, 45.0], [0, 0], [160, 120]]], dtype=np.float32)
    results = dict(img=blob(70, 45, 160, 120), keypoints=points)
    results['bbox'] = np.array([[60, 40, 80, 50]])
    moved = ResizePicture(size).transform(results)
    picture = moved['img'][..., 0].astype(np.float64)
    assert picture.shape == size[::-1]
    for axis, expected in ((0, moved['transformed_keypoints'][0, 0, 0]), (1, 45 * size[1] / 120)):
        along = picture.sum(axis=axis)
        middle = (along * (np.arange(len(along)) + 0.5)).sum() / along.sum()
        assert abs(middle - expected) < 0.1
    assert moved['transformed_keypoints'][0, 1:].tolist() == [[0, 0], list(size)]
    assert points[0, 0].tolist() == [70, 45]


def test_the_way_back_is_that_of_estimators() -> None:
    points = np.random.default_rng(0).uniform(-20, 200, (1, 21, 2)).astype(np.float32)
    results = dict(img=np.zeros((120, 160, 3), np.uint8), keypoints=points)
    moved = ResizePicture([224, 224]).transform(results)
    back = moved['transformed_keypoints'] / moved['input_size'] * moved['input_scale']
    back = back + moved['input_center'] - 0.5 * moved['input_scale']
    assert np.allclose(back, points, rtol=0, atol=1e-4)


def test_pictures_without_points_are_resized_too() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (12, 16, 3), np.uint8)
    moved = ResizePicture((8, 6)).transform(dict(img=picture))
    assert 'transformed_keypoints' not in moved
    assert np.array_equal(moved['img'], cv2.resize(picture, (8, 6), interpolation=cv2.INTER_AREA))
