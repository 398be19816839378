"""Landmark files by a detector: what is written, counted, kept and refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from raw_faces import write_picture
from raw_hands import hand_release

from mmlandmark.annotations.extraction import extract_landmarks
from mmlandmark.annotations.hand_landmarks import read_hand_landmarks
from mmlandmark.annotations.mediapipe_detectors import DetectedLandmarks
from mmlandmark.annotations.ouhands import read_ouhands
from mmlandmark.annotations.pictures import read_picture
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

HAND = get_schema('hand21')


class Blobs:
    """Finds the white square of a picture; all points stand at its centre."""

    schema = 'hand21'

    def __init__(self, confidence: float = 0.7) -> None:
        self.settings = {'detector': 'blobs', 'confidence': confidence}
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, picture: np.ndarray) -> DetectedLandmarks | None:
        height, width = picture.shape[:2]
        self.sizes.append((width, height))
        rows, columns = np.nonzero(picture.min(axis=2) > 250)
        if not len(rows):
            return None
        centre = (columns.mean() / width, rows.mean() / height, 6 / width)
        return DetectedLandmarks(np.tile(centre, (21, 1)), ('Right', 0.87654))


def blob(path: Path, centre: tuple[int, int] | None = (20, 10)) -> Path:
    """Write a picture of 40 x 30 pixels, with a white square or all black."""
    from cv2 import imwrite

    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.zeros((30, 40, 3), dtype=np.uint8)
    if centre:
        x, y = centre
        picture[y - 2 : y + 3, x - 2 : x + 3] = 255
    assert imwrite(str(path), picture)
    return path


@pytest.fixture
def pictures(tmp_path):
    """Two pictures with something in them, one without, and one that cannot be read."""
    root = tmp_path / 'pictures'
    blob(root / 'train/A/1.png')
    blob(root / 'train/B/2.png', (30, 20))
    blob(root / 'train/B/3.png', None)
    (root / 'train/B/4.png').write_bytes(b'no picture')
    return root


def content(path: Path) -> dict:
    return json.loads(path.read_text())


def test_a_file_is_written_for_each_picture_with_landmarks(pictures, tmp_path):
    out = tmp_path / 'out'
    extract_landmarks(pictures, out, Blobs())
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob('*.json'))
    assert written == [
        'extraction.json',
        'train/A/1_landmarks.json',
        'train/B/2_landmarks.json',
    ]
    file = content(out / 'train/B/2_landmarks.json')
    assert file['image_path'] == 'train/B/2.png' and file['image_shape'] == [30, 40, 3]
    assert file['landmarks'] == [{'x': 0.75, 'y': round(20 / 30, 6), 'z': 0.15}] * 21
    assert file['handedness'] == {'label': 'Right', 'score': 0.8765}
    read = read_hand_landmarks(out / 'train/B/2_landmarks.json', HAND.keypoints)
    assert read.size == (40, 30) and read.handedness == 'right'
    np.testing.assert_allclose(read.points[5], (0.75, 2 / 3, 0.15), atol=1e-6)


def test_outcomes_are_counted_per_split_and_class(pictures, tmp_path):
    (pictures / 'notes.txt').write_text('a')
    result = extract_landmarks(pictures, tmp_path / 'out', Blobs())
    counts = {(row['split'], row['class']): list(row.values())[2:] for row in result.rows()}
    assert counts == {
        ('train', 'A'): [1, 1, 0, 0],
        ('train', 'B'): [3, 1, 1, 1],
        ('all', ''): [4, 2, 1, 1],
    }
    text = result.text()
    assert 'train/B/4.png: unreadable: not a picture' in text and 'notes.txt: stray file' in text
    report = content(tmp_path / 'out/extraction.json')
    assert report['rows'] == result.rows()
    assert report['not_found'] == ['train/B/3.png'] and [*report['unreadable']] == ['train/B/4.png']
    assert report['settings']['detector'] == 'blobs'


def test_a_second_call_goes_on(pictures, tmp_path):
    out = tmp_path / 'out'
    first = extract_landmarks(pictures, out, Blobs())
    blob(pictures / 'train/B/4.png')
    blob(pictures / 'train/C/5.png')
    before = (out / 'train/A/1_landmarks.json').stat().st_mtime_ns
    detector = Blobs()
    second = extract_landmarks(pictures, out, detector)
    assert len(detector.sizes) == 2  # the one that could not be read, and the new one
    assert first.kept == 0 and second.kept == 3
    assert list(second.rows()[-1].values())[2:] == [5, 4, 1, 0]
    assert (out / 'train/A/1_landmarks.json').stat().st_mtime_ns == before
    third = extract_landmarks(pictures, out, Blobs())
    assert third.kept == 5 and third.rows() == second.rows()


def test_an_interrupted_call_is_gone_on_with(pictures, tmp_path):
    class Interrupted(Blobs):
        def __call__(self, picture):
            if len(self.sizes) == 2:
                raise KeyboardInterrupt
            return super().__call__(picture)

    out = tmp_path / 'out'
    with pytest.raises(KeyboardInterrupt):
        extract_landmarks(pictures, out, Interrupted())
    assert content(out / 'extraction.json')['rows'][-1]['pictures'] == 2
    detector = Blobs()
    assert extract_landmarks(pictures, out, detector).kept == 2
    assert len(detector.sizes) == 1


def test_other_settings_do_not_mix(pictures, tmp_path):
    out = tmp_path / 'out'
    extract_landmarks(pictures, out, Blobs())
    with pytest.raises(LandmarkError, match='made with confidence 0.7, not 0.5; .*overwrite'):
        extract_landmarks(pictures, out, Blobs(0.5))
    with pytest.raises(LandmarkError, match='made with border 0.0, not 0.25'):
        extract_landmarks(pictures, out, Blobs(), border=0.25)
    (out / 'extraction.json').write_text('[]')
    with pytest.raises(LandmarkError, match='extraction.json: not the report of an earlier run'):
        extract_landmarks(pictures, out, Blobs())


def test_files_of_unknown_make_are_not_added_to(pictures, tmp_path):
    out = tmp_path / 'out'
    extract_landmarks(pictures, out, Blobs())
    (out / 'extraction.json').unlink()
    message = 'out: holds train/A/1_landmarks.json, but no extraction.json .*; .*overwrite'
    with pytest.raises(LandmarkError, match=message):
        extract_landmarks(pictures, out, Blobs())
    assert not (out / 'extraction.json').exists()
    assert extract_landmarks(pictures, out, Blobs(), overwrite=True).kept == 0


def test_overwriting_leaves_nothing_of_before(pictures, tmp_path):
    out = tmp_path / 'out'
    extract_landmarks(pictures, out, Blobs())
    blob(pictures / 'train/A/1.png', None)
    result = extract_landmarks(pictures, out, Blobs(0.5), overwrite=True)
    assert result.kept == 0 and not (out / 'train/A/1_landmarks.json').exists()
    assert content(out / 'extraction.json')['settings']['confidence'] == 0.5


def test_landmarks_are_those_of_the_picture_without_its_border(pictures, tmp_path):
    plain, wide = tmp_path / 'plain', tmp_path / 'wide'
    extract_landmarks(pictures, plain, Blobs())
    detector = Blobs()
    extract_landmarks(pictures, wide, detector, border=0.3)
    assert set(detector.sizes) == {(40 + 2 * 12, 30 + 2 * 9)}
    for name in ('train/A/1_landmarks.json', 'train/B/2_landmarks.json'):
        ours, theirs = (
            read_hand_landmarks(folder / name, HAND.keypoints) for folder in (wide, plain)
        )
        # z too: six pixels are six pixels
        np.testing.assert_allclose(ours.points, theirs.points, atol=2e-6)
        assert ours.size == theirs.size == (40, 30)


def test_the_files_of_ouhands_are_read_as_its_landmarks(tmp_path):
    root = hand_release(tmp_path / 'hands')
    lost = root / 'OUHANDS_train/train/hand_data/colour/A-abc-0002.png'
    for path in root.rglob('*.png'):
        blob(path, None if path == lost else (20, 10))
    extract_landmarks(root, root / 'landmarks', Blobs(), overwrite=True)
    hands = read_ouhands(root, 'train')
    assert len(hands) == 3 and hands.without_landmarks['A'] == 1
    np.testing.assert_allclose(hands.points[0, 0], (20, 10), atol=1e-4)


@pytest.mark.parametrize('bad', [np.zeros((20, 3)), np.full((21, 3), np.nan)])
def test_landmarks_that_are_none_are_refused(pictures, tmp_path, bad):
    class Broken(Blobs):
        def __call__(self, picture):
            return DetectedLandmarks(bad)

    with pytest.raises(LandmarkError, match="1.png: .*expected 21 finite points .* 'hand21'"):
        extract_landmarks(pictures, tmp_path / 'out', Broken())
    assert not list((tmp_path / 'out').rglob('*_landmarks.json'))


def test_wrong_folders_and_borders_are_told_before_any_work(pictures, tmp_path):
    detector = Blobs()
    with pytest.raises(LandmarkError, match='no/out: cannot be made: No such file'):
        extract_landmarks(pictures, tmp_path / 'no/out', detector)
    with pytest.raises(LandmarkError, match='border is -1; expected a share'):
        extract_landmarks(pictures, tmp_path / 'out', detector, border=-1)
    write_picture(tmp_path / 'file.png')
    with pytest.raises(LandmarkError, match='file.png: cannot be made'):
        extract_landmarks(pictures, tmp_path / 'file.png', detector)
    assert detector.sizes == [] and not (tmp_path / 'out').exists()


def test_the_detector_sees_what_training_sees(tmp_path):
    """Greyscale pictures have three channels."""
    import cv2

    (tmp_path / 'in').mkdir()
    assert cv2.imwrite(str(tmp_path / 'in/grey.png'), np.full((8, 9), 255, np.uint8))
    seen = []

    class Watching(Blobs):
        def __call__(self, picture):
            seen.append(picture)
            return None

    extract_landmarks(tmp_path / 'in', tmp_path / 'out', Watching())
    np.testing.assert_array_equal(seen[0], read_picture(tmp_path / 'in/grey.png'))
