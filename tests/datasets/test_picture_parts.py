"""Reduced parts of pictures lie where their coordinates say."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.datasets.picture_parts import (  # noqa: E402
    PicturePart,
    allowed_factor,
    decode_jpeg,
    read_jpeg_header,
)

from .jpeg_files import smooth_picture, write_picture  # noqa: E402


def enlarged(part: PicturePart, moved: float = 0.0) -> np.ndarray:
    """Return the whole picture as a part shows it, sampled ``moved`` pixels away."""
    x, y = part.map_points(np.array([moved, moved]))
    matrix = np.array([[1 / part.factor, 0, x], [0, 1 / part.factor, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = np.ascontiguousarray(part.pixels)
    return cv2.warpAffine(pixels, matrix, part.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    # 4:2:0 and the outermost block, part of which is not in the picture, are not compared exactly
    return float(np.abs(one.astype(int) - other)[8:-8, 8:-8].mean())


@pytest.mark.parametrize('orientation', range(1, 9))
def test_each_orientation_and_size_lies_where_it_should(orientation: int, tmp_path: Path):
    picture = smooth_picture(403, 299, blob=80)
    path = write_picture(tmp_path / 'a.jpg', picture, orientation=orientation, quality=95)
    content = Path(path).read_bytes()
    full = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    header = read_jpeg_header(content)
    assert header.size == full.shape[1::-1]
    for factor in (2, 4, 8):
        part = decode_jpeg(content, header, factor)
        assert part.factor == factor and max(part.pixels.shape) <= 403 // factor + 1
        error = apart(enlarged(part), full)
        assert error < 1.2
        for pixels in (-1.5, 1.5):  # it would be seen
            assert error < 0.75 * apart(enlarged(part, pixels), full)
        for direction, axes in (('horizontal', 1), ('vertical', 0), ('diagonal', (0, 1))):
            mirrored = apart(enlarged(part.flip(direction)), np.flip(full, axes))
            assert mirrored == pytest.approx(error, rel=0.05)


@pytest.mark.parametrize('mode', ['L', 'CMYK', 'RGB'])
def test_kinds_of_jpegs_look_as_at_full_size(mode: str, tmp_path: Path):
    path = write_picture(tmp_path / 'a.jpg', smooth_picture(160, 120), mode, progressive=True)
    content = Path(path).read_bytes()
    full = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    part = decode_jpeg(content, read_jpeg_header(content), 2)
    assert part.pixels.shape == (60, 80, 3)
    assert apart(enlarged(part), full) < 1.5
    whole = decode_jpeg(content, read_jpeg_header(content), 1)
    assert whole.is_whole and np.array_equal(whole.pixels, full)


def test_other_files_have_no_jpeg_header(tmp_path: Path):
    path = write_picture(tmp_path / 'a.png', smooth_picture(16, 12))
    assert read_jpeg_header(Path(path).read_bytes()) is None
    assert read_jpeg_header(b'\xff\xd8 and no more') is None
    assert read_jpeg_header(b'') is None
    jpeg = Path(write_picture(tmp_path / 'a.jpg', smooth_picture(64, 48))).read_bytes()
    header = read_jpeg_header(jpeg)
    assert decode_jpeg(jpeg[:200], header, 2) is None
    other = Path(write_picture(tmp_path / 'b.jpg', smooth_picture(66, 48))).read_bytes()
    assert decode_jpeg(other, header, 2) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_cuts_and_flips_keep_the_way_to_the_picture(data: st.DataObject):
    width, height = (data.draw(st.integers(9, 40)) for _ in 'xy')
    # the red of each pixel is its x, the green its y
    y, x = np.mgrid[:height, :width]
    whole = PicturePart(np.stack([0 * x, y, x], -1).astype(np.uint8), (width, height))
    low = np.array([data.draw(st.floats(-3, side)) for side in whole.size])
    high = low + [data.draw(st.floats(0, side)) for side in whole.size]
    part = whole.cut(low, high)
    assert part.covers(low, high) or (high < 0).any() or (low > np.array(whole.size) - 1).any()
    directions = data.draw(
        st.lists(st.sampled_from(['horizontal', 'vertical', 'diagonal']), max_size=3)
    )
    mirrored = np.array([[0, 0], [width - 1, height - 1]], dtype=float)
    for direction in directions:
        part = part.flip(direction)
        if direction in ('horizontal', 'diagonal'):
            mirrored[:, 0] = width - 1 - mirrored[:, 0]
        if direction in ('vertical', 'diagonal'):
            mirrored[:, 1] = height - 1 - mirrored[:, 1]
    # where a point of the unflipped picture is now, and what is seen there
    point = np.array([part.pixels[0, 0, 2], part.pixels[0, 0, 1]], dtype=float)
    now = mirrored[0] + point * np.sign(mirrored[1] - mirrored[0])
    assert np.allclose(part.map_points(now), 0)


def test_a_part_that_lacks_an_edge_does_not_cover_it():
    whole = PicturePart(np.zeros((50, 100, 3), np.uint8), (100, 50))
    part = whole.cut(np.array([20, 10]), np.array([60, 70]))
    assert part.pixels.shape == (40, 41, 3)
    assert part.covers(np.array([20, 10]), np.array([60, 1000]))  # the picture ends there
    assert not part.covers(np.array([18, 10]), np.array([60, 30]))
    assert not part.covers(np.array([20, 10]), np.array([62, 30]))


def test_pixels_are_enough_for_the_crop():
    assert [allowed_factor(value) for value in (0.3, 1, 1.99, 2, 3.9, 4, 7, 8, 99)] == [
        1, 1, 1, 2, 2, 4, 4, 8, 8,
    ]  # fmt: skip
    assert allowed_factor(4, oversampling=2) == 2 and allowed_factor(3.9, oversampling=2) == 1
