import io

import cv2
import mmcv
import numpy as np
import pytest
from PIL import Image

from mmlandmark.annotations.pictures import picture_size, read_picture
from mmlandmark.errors import LandmarkError

# Large even patches, so that lossy formats keep the colours.
RGB = np.kron(
    np.random.default_rng(0).integers(0, 255, (3, 4, 3), dtype=np.uint8),
    np.ones((16, 16, 1), np.uint8),
)
HEIGHT, WIDTH = RGB.shape[:2]
NOISE = np.random.default_rng(2).integers(0, 255, (64, 96, 3), dtype=np.uint8)


def encoded(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'WEBP', 'TIFF', 'BMP'])
@pytest.mark.parametrize('orientation', [1, 3, 6, 8])
def test_size_and_pixels_are_those_that_training_sees(tmp_path, kind, orientation):
    path = tmp_path / f'picture.{kind.lower()}'
    exif = {} if kind == 'BMP' else {'exif': turned(orientation)}
    path.write_bytes(encoded(Image.fromarray(RGB), kind, **exif))
    training = mmcv.imread(str(path))
    assert picture_size(path) == picture_size(path, whole=True) == training.shape[1::-1]
    np.testing.assert_array_equal(read_picture(path), training)


def test_a_turned_photo_is_upright(tmp_path):
    path = tmp_path / 'photo.jpg'
    path.write_bytes(encoded(Image.fromarray(RGB), 'JPEG', exif=turned(6)))
    assert picture_size(path) == (HEIGHT, WIDTH)
    # 6: the first row of the file is the right side of the picture
    right = read_picture(path)[8::16, -8, ::-1].astype(int)
    np.testing.assert_allclose(right, RGB[8, 8::16].astype(int), atol=12)


def test_a_path_and_its_content_are_the_same(tmp_path):
    content = encoded(Image.fromarray(RGB), 'PNG')
    path = tmp_path / 'ä picture.png'
    path.write_bytes(content)
    np.testing.assert_array_equal(read_picture(path), read_picture(content))
    np.testing.assert_array_equal(read_picture(path), RGB[..., ::-1])


def test_greyscale_becomes_three_equal_channels():
    grey = RGB[..., 0]
    read = read_picture(encoded(Image.fromarray(grey), 'PNG'))
    np.testing.assert_array_equal(read, np.repeat(grey[..., None], 3, axis=2))


def test_alpha_is_dropped_not_blended():
    alpha = np.zeros_like(RGB[..., :1])
    read = read_picture(encoded(Image.fromarray(np.concatenate([RGB, alpha], axis=2)), 'PNG'))
    np.testing.assert_array_equal(read, RGB[..., ::-1])


def test_a_palette_gives_its_colours():
    few = Image.fromarray(RGB).quantize(16)
    expected = np.array(few.convert('RGB'))[..., ::-1]
    np.testing.assert_array_equal(read_picture(encoded(few, 'PNG')), expected)


@pytest.mark.parametrize('ending', ['.png', '.tiff'])
@pytest.mark.parametrize('shape', [(8, 64), (8, 64, 3)])
def test_sixteen_bits_are_scaled(ending, shape):
    deep = np.random.default_rng(1).integers(0, 65536, shape).astype(np.uint16)
    read = read_picture(cv2.imencode(ending, deep)[1].tobytes())
    expected = deep if deep.ndim == 3 else np.repeat(deep[..., None], 3, axis=2)
    assert read.dtype == np.uint8 and read.shape == (8, 64, 3)
    assert np.abs(read - expected / 257).max() < 1


@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'WEBP', 'TIFF', 'BMP'])
@pytest.mark.parametrize('share', [0.02, 0.5, 0.9])
def test_a_truncated_picture_is_named(tmp_path, kind, share):
    content = encoded(Image.fromarray(NOISE), kind)
    path = tmp_path / 'half'
    path.write_bytes(content[: int(len(content) * share)])
    for read in (read_picture, lambda path: picture_size(path, whole=True)):
        with pytest.raises(LandmarkError) as error:
            read(path)
        assert str(error.value).startswith(f'{path}: ') and '\n' not in str(error.value)


def test_a_truncated_jpeg_does_not_pass_as_half_a_picture(tmp_path):
    content = encoded(Image.fromarray(NOISE), 'JPEG')
    path = tmp_path / 'half.jpg'
    path.write_bytes(content[: len(content) * 3 // 4])
    assert cv2.imread(str(path)) is not None
    with pytest.raises(LandmarkError, match=r'half\.jpg: damaged or truncated'):
        read_picture(path)


def test_a_damaged_png_is_named():
    content = bytearray(encoded(Image.fromarray(RGB), 'PNG'))
    content[len(content) // 2] ^= 0xFF
    with pytest.raises(LandmarkError, match='damaged or truncated'):
        read_picture(bytes(content))


@pytest.mark.parametrize(
    ('content', 'message'),
    [(b'', 'the file is empty'), (b'not a picture at all', 'not a picture that can be read')],
)
def test_what_is_no_picture_is_named(tmp_path, content, message):
    path = tmp_path / 'x.png'
    path.write_bytes(content)
    for read in (read_picture, picture_size):
        with pytest.raises(LandmarkError, match=message) as error:
            read(path)
        assert str(path) in str(error.value)


def test_a_missing_picture_is_named(tmp_path):
    for read in (read_picture, picture_size):
        with pytest.raises(LandmarkError, match=r'none\.png: cannot be read: No such file'):
            read(tmp_path / 'none.png')


def test_a_picture_that_claims_to_be_huge_is_not_decoded(monkeypatch, tmp_path):
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 100)
    path = tmp_path / 'x.png'
    path.write_bytes(encoded(Image.fromarray(RGB), 'PNG'))
    for read in (read_picture, picture_size):
        with pytest.raises(LandmarkError, match='too large'):
            read(path)
