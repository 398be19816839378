"""Channel keypoints on pictures: right places at any size, strict files, and what can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
pytest.importorskip('mmpose')

from mmlandmark.annotations.channel_coco import read_channel_coco  # noqa: E402
from mmlandmark.apis import ChannelInferencer  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

from .colour_detector import (  # noqa: E402
    CHANNELS,
    detector_config,
    dotted_picture,
    write_checkpoint,
    write_pictures,
)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp('model') / 'colours.pth', detector_config())


@pytest.fixture(scope='module')
def inferencer(checkpoint) -> ChannelInferencer:
    return ChannelInferencer(detector_config(), checkpoint, device='cpu', batch_size=3)


def _check(result, corners, flaps, tolerance=0.1) -> None:
    for channel, points in enumerate((corners, flaps)):
        found = result.points[result.channel_ids == channel]
        assert len(found) == len(points)
        for point in points:
            assert np.linalg.norm(found - point, axis=1).min() < tolerance


def test_keypoints_of_a_folder_of_several_sizes(inferencer, tmp_path):
    placed = write_pictures(tmp_path / 'in')
    results = inferencer(tmp_path / 'in')
    assert [result.name for result in results] == list(placed)
    assert results[1].size == (25, 50)
    for result in results:
        _check(result, *placed[result.name])
        assert (np.diff(result.channel_ids) >= 0).all()
        for channel in range(2):
            assert (np.diff(result.scores[result.channel_ids == channel]) <= 0).all()
    alone = [inferencer(tmp_path / 'in' / name)[0] for name in placed]
    for one, other in zip(alone, results, strict=True):
        np.testing.assert_array_equal(one.points, other.points)


@pytest.mark.parametrize(('size', 'tolerance'), [((80, 60), 0.2), ((31, 31), 0.8)])
def test_points_are_those_of_the_picture_whatever_the_size_of_the_input(
    checkpoint, tmp_path, size, tolerance
):
    placed = write_pictures(tmp_path / 'in')
    inferencer = ChannelInferencer(detector_config(size), checkpoint, threshold=0.2)
    for result in inferencer(tmp_path / 'in'):
        _check(result, *placed[result.name], tolerance)


def test_arrays_a_stream_and_a_higher_threshold(checkpoint, inferencer):
    picture = dotted_picture(32, 24, [(8.5, 8.5)], [])
    picture = np.maximum(picture, dotted_picture(32, 24, [(20.5, 12.5)], []) // 2)
    (result,) = inferencer(picture)
    assert result.name == 'array 0' and result.problem == ''
    np.testing.assert_allclose(result.scores, [1.0, 0.5], atol=0.01)
    strict = ChannelInferencer(detector_config(), checkpoint, threshold=0.7)
    assert len(strict(picture)[0].points) == 1
    stream = inferencer.stream(iter([picture] * 7))
    assert [(p.shape, len(r.points)) for p, r in stream] == [((24, 32, 3), 2)] * 7


def test_a_threshold_is_a_score_also_where_the_config_has_a_relative_one(checkpoint):
    faint = dotted_picture(32, 24, [(8.5, 8.5)], []) // 2
    relative = detector_config(peaks=dict(threshold=0.3, relative=True))
    assert len(ChannelInferencer(relative, checkpoint)(faint)[0].points) == 1
    assert len(ChannelInferencer(relative, checkpoint, threshold=0.4)(faint)[0].points) == 1
    assert len(ChannelInferencer(relative, checkpoint, threshold=0.7)(faint)[0].points) == 0


def test_files_and_drawings(inferencer, tmp_path):
    placed = write_pictures(tmp_path / 'in')
    (tmp_path / 'in' / 'bad.png').write_bytes(b'no picture')
    (tmp_path / 'in' / 'notes.txt').write_text('')
    files = {'out': tmp_path / 'x.json', 'coco_out': tmp_path / 'c.json'}
    results = inferencer(tmp_path / 'in', draw_dir=tmp_path / 'drawn', **files)
    told = json.loads(files['out'].read_text())
    assert told['channels'] == list(CHANNELS)
    assert told['counts'] == {
        'pictures': 5,
        'unreadable': 1,
        'without_keypoints': 1,
        'keypoints': {'corner': 3, 'flap': 4},
    }
    pictures = {picture['name']: picture for picture in told['pictures']}
    assert 'bad.png: not a picture' in pictures['bad.png']['problem']
    assert pictures['bad.png']['width'] is None
    assert pictures['a.png']['problem'] is None
    for result in results:
        rows = np.array(pictures[result.name]['keypoints']['flap']).reshape(-1, 3)
        mine = result.channel_ids == 1
        np.testing.assert_allclose(rows[:, :2], result.points[mine], atol=1e-3)
        np.testing.assert_allclose(rows[:, 2], result.scores[mine], atol=1e-6)
    read = read_channel_coco(files['coco_out'])
    assert read.channels == CHANNELS and read.files == list(placed)
    np.testing.assert_array_equal(read.counts(), [[2, 1], [0, 3], [0, 0], [1, 0]])
    document = json.loads(files['coco_out'].read_text())
    (first, second, _) = document['annotations']
    assert [score is not None for score in first['keypoint_scores']] == [True] * 3 + [False] * 2
    assert [score is not None for score in second['keypoint_scores']] == [False] * 2 + [True] * 3
    assert first['score'] == pytest.approx(results[0].scores.mean())
    assert 'bad.png' in document['info']['problems'][0]
    drawn = sorted(path.name for path in (tmp_path / 'drawn').iterdir())
    assert drawn == list(placed)
    picture = cv2.imread(str(tmp_path / 'drawn' / 'a.png'))
    assert picture.shape == (360, 480, 3)
    x, y = (12 * np.array([10.5, 8.2])).astype(int)
    assert tuple(picture[y, x]) == (0, 159, 230)  # orange: the first channel


def test_strict_stops_at_the_first_unreadable_picture_and_writes_nothing(inferencer, tmp_path):
    write_pictures(tmp_path / 'in')
    (tmp_path / 'in' / 'bad.png').write_bytes(b'')
    with pytest.raises(LandmarkError, match=r'bad\.png: the file is empty'):
        inferencer(tmp_path / 'in', out=tmp_path / 'x.json', strict=True)
    assert not (tmp_path / 'x.json').exists()


def test_no_picture_is_replaced_and_no_file_unasked(inferencer, tmp_path):
    write_pictures(tmp_path / 'in')
    (tmp_path / 'x.json').write_text('')
    with pytest.raises(LandmarkError, match=r'x\.json: exists'):
        inferencer(tmp_path / 'in', out=tmp_path / 'x.json')
    with pytest.raises(LandmarkError, match='out and coco_out are one file'):
        inferencer(tmp_path / 'in', out=tmp_path / 'y.json', coco_out=tmp_path / 'y.json')
    with pytest.raises(LandmarkError, match='would replace the picture'):
        inferencer(tmp_path / 'in', draw_dir=tmp_path / 'in', overwrite=True)
    with pytest.raises(LandmarkError, match='no such picture'):
        inferencer(tmp_path / 'none.png')


@pytest.mark.parametrize(
    ('options', 'said'),
    [({'batch_size': 0}, 'batch_size is 0'), ({'threshold': 1.5}, 'threshold is 1.5')],
)
def test_wrong_options(checkpoint, options, said):
    with pytest.raises(LandmarkError, match=said):
        ChannelInferencer(detector_config(), checkpoint, **options)


def test_a_checkpoint_of_other_channels_and_a_config_of_another_model(checkpoint, tmp_path):
    with pytest.raises(LandmarkError, match=r'(?s)colours\.pth.*channels.*corner, flap'):
        ChannelInferencer(detector_config(channels=('flap', 'corner')), checkpoint)
    other = detector_config()
    other.model = dict(
        type='TopdownPoseEstimator',
        backbone=dict(type='ColourBackbone'),
        head=dict(
            type='HeatmapHead',
            in_channels=2,
            out_channels=2,
            deconv_out_channels=None,
            loss=dict(type='KeypointMSELoss'),
        ),
    )
    with pytest.raises(LandmarkError, match='TopdownPoseEstimator; expected a ChannelKeypoint'):
        ChannelInferencer(other, checkpoint)
    without = detector_config()
    without.test_dataloader.dataset.pipeline = [dict(type='PackChannelInputs')]
    with pytest.raises(LandmarkError, match='has no LoadChannelImage'):
        ChannelInferencer(without, checkpoint)


def test_damaged_weights_are_an_error(checkpoint, tmp_path):
    content = torch.load(checkpoint, weights_only=False)
    content['state_dict']['backbone.scale'] = torch.tensor(float('nan'))
    torch.save(content, tmp_path / 'nan.pth')
    inferencer = ChannelInferencer(detector_config(), tmp_path / 'nan.pth')
    with pytest.raises(LandmarkError):
        inferencer(dotted_picture(16, 16, [], []))
