import cv2
import numpy as np
import pytest
from audited_squares import Squares
from coco_files import SQUARE

from mmlandmark.visualization.contact_sheet import Tile, audit_sheet, draw_sheet

STEP = np.array([300 + 4 * 17 + 8, 300 + 8])
BOX, FAULT = (0, 94, 213), (60, 20, 220)


def tile(**changes):
    settings = {
        'caption': ['name', 'finding'],
        'points': np.array([[80, 20], [20, 20], [80, 80], [20, 80]], dtype=float),
        'visible': np.full(4, 2),
        'box': np.array([10, 10, 90, 90], dtype=float),
        'size': np.array([100, 100]),
        'at_fault': np.zeros(4, dtype=bool),
    }
    return Tile(**{**settings, **changes})


def count(sheet, color):
    return int((np.abs(sheet.astype(int) - color).max(axis=2) < 40).sum())


@pytest.mark.parametrize(('number', 'shape'), [(1, (1, 1)), (6, (1, 6)), (8, (2, 6))])
def test_tiles_stand_in_a_grid(number, shape):
    sheet = draw_sheet([tile()] * number, SQUARE)
    assert sheet.shape == (*(STEP * shape + 8), 3)
    assert sheet.dtype == np.uint8


def test_a_box_is_drawn_where_there_is_one():
    with_box, without = (
        draw_sheet([tile(box=box)], SQUARE) for box in (tile().box, np.full(4, np.nan))
    )
    assert count(with_box, BOX) > 4 * 150
    assert count(without, BOX) < 50


def test_points_at_fault_get_a_ring_and_those_that_are_no_number_none():
    fault = np.array([True, False, False, False])
    assert count(draw_sheet([tile()], SQUARE), FAULT) == 0
    assert count(draw_sheet([tile(at_fault=fault)], SQUARE), FAULT) > 20
    points = tile().points.copy()
    points[0] = np.nan
    assert count(draw_sheet([tile(points=points, at_fault=fault)], SQUARE), FAULT) == 0


def test_the_picture_lies_beneath_where_it_belongs():
    picture = np.full((100, 100, 3), 255, dtype=np.uint8)
    picture[:50, :50] = (0, 255, 0)
    box = np.array([0, 0, 100, 100], dtype=float)
    sheet = draw_sheet([tile(picture=picture, box=box, visible=np.zeros(4))], SQUARE)
    rows, columns = np.nonzero((sheet == (0, 255, 0)).all(axis=2))
    # a margin of 8 % of the box on each side of it, 300 pixels in all, 8 to the first tile
    scale = 300 / 116
    for values in (rows, columns):
        assert values.min() == pytest.approx(8 + 8 * scale, abs=4)
        assert values.max() == pytest.approx(8 + 58 * scale, abs=3)


def test_a_face_without_points_box_or_size_is_drawn_all_the_same():
    nothing = tile(visible=np.zeros(4), box=np.full(4, np.nan), size=np.array([-1, -1]))
    far = tile(points=np.full((4, 2), 1e9), box=np.array([-1e9, 0, 5, 5]))
    assert draw_sheet([nothing, far], SQUARE).shape[:2] == tuple(STEP * (1, 2) + 8)


def test_captions_are_cut_to_the_tile_and_need_no_ascii():
    long = tile(caption=['Große/' + 'x' * 400 + '/face.png', *('finding ' * 40,) * 9])
    sheet = draw_sheet([long, tile()], SQUARE)
    between = sheet[308:, 8 + 300 : STEP[1] + 8]
    assert (between == 255).all()
    assert (sheet[308 : 308 + 4 * 17, 8:308] < 128).any(axis=(1, 2)).sum() > 4 * 6


def test_the_worst_faces_of_an_audit_with_and_without_pictures():
    squares = Squares()
    squares.boxes[4] = [0, 0, 5, 5]
    squares.points[9, 0] = np.nan
    arrays = squares.points, squares.visible, squares.boxes, squares.sizes
    asked = []

    def read(row):
        asked.append(row)
        return np.zeros((640, 640, 3), dtype=np.uint8) if row == 4 else None

    audit = squares.audit()
    sheet = audit_sheet(audit, *arrays, SQUARE, squares.names, read)
    assert asked == [4, 9]
    assert sheet.shape[:2] == tuple(STEP * (1, 2) + 8)
    assert audit_sheet(audit, *arrays, SQUARE, squares.names, count=1).shape[1] == STEP[1] + 8
    assert cv2.imencode('.png', sheet)[0]


def test_nothing_found_is_no_sheet():
    squares = Squares()
    arrays = squares.points, squares.visible, squares.boxes, squares.sizes
    assert audit_sheet(squares.audit(), *arrays, SQUARE, squares.names) is None
