"""Landmarks of faces: the same as MMPose's own inference, and every wrong input said."""

import itertools
import json

import cv2
import numpy as np
import pytest

import mmlandmark

pytest.importorskip('mmpose')
from mmpose.apis import inference_topdown, init_model  # noqa: E402
from PIL import Image  # noqa: E402

from apis.tiny_faces import (  # noqa: E402
    UNION_HEAD,
    landmark_config,
    make_picture,
    save_model,
    write_pictures,
)
from mmlandmark.annotations.reader import read_coco_keypoints  # noqa: E402
from mmlandmark.apis import FaceLandmarkInferencer, face_inferencer  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

BOXES = [[[10, 10, 60, 60], [30, 5, 110, 80]], [[0, 0, 50, 50]], []]


@pytest.fixture(scope='module')
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp('models')
    return {
        'dogs': save_model(folder, landmark_config()),
        'union': save_model(folder, landmark_config(**UNION_HEAD), 'union'),
        'face68': save_model(folder, landmark_config('face68'), 'face68', 'face68'),
        'unnamed': save_model(folder, landmark_config('face68'), 'unnamed', None),
    }


@pytest.fixture(scope='module')
def inferencer(models):
    return FaceLandmarkInferencer(*models['dogs'], device='cpu')


@pytest.fixture
def pictures(tmp_path):
    return write_pictures(tmp_path)


@pytest.fixture
def found(inferencer, monkeypatch):
    """Make a detector that answers with given boxes and scores."""

    def answer(*answers):
        rows = itertools.cycle(answers)

        def detect(pictures):
            chosen = [next(rows) for _ in pictures]
            return [(np.array(b, float).reshape(-1, 4), np.array(s, float)) for b, s in chosen]

        monkeypatch.setattr(inferencer, 'detector', detect)

    return answer


def test_a_batch_suits_the_device(inferencer, monkeypatch):
    monkeypatch.setattr(face_inferencer, 'LandmarkModel', lambda *_, **__: None)
    assert inferencer.batch_size == 4
    assert FaceLandmarkInferencer('config', 'checkpoint', device='meta').batch_size == 64


@pytest.mark.parametrize('batch_size', [1, 2, 32])
def test_points_are_those_of_mmpose(inferencer, models, pictures, monkeypatch, batch_size):
    reference = init_model(*map(str, models['dogs']), device='cpu')
    monkeypatch.setattr(inferencer, 'batch_size', batch_size)
    results = inferencer(pictures, bboxes=BOXES)
    assert [result.name for result in results] == [str(path) for path in pictures]
    assert [result.size for result in results] == [(120, 90), (128, 90), (136, 90)]
    for path, boxes, result in zip(pictures, BOXES, results, strict=True):
        assert len(result.faces) == len(boxes)
        for face, box in zip(result.faces, boxes, strict=True):
            (sample,) = inference_topdown(reference, str(path), [box])
            expected = sample.pred_instances
            np.testing.assert_allclose(face.points, expected.keypoints[0], atol=1e-4)
            np.testing.assert_allclose(face.scores, expected.keypoint_scores[0], atol=1e-5)
            assert face.bbox.tolist() == box
            assert np.ptp(face.points) > 1, 'all points in one place would prove nothing'


def test_a_union_head_of_one_member_gives_the_same(inferencer, models, pictures):
    config, checkpoint = models['union'][0], models['dogs'][1]
    union = FaceLandmarkInferencer(config, checkpoint, device='cpu')
    assert union.schema.same_keypoints(inferencer.schema)
    one, two = (i(pictures[:1], bboxes=BOXES[:1])[0] for i in (union, inferencer))
    for a, b in zip(one.faces, two.faces, strict=True):
        np.testing.assert_allclose(a.points, b.points, atol=1e-4)


def test_a_model_of_several_schemas_asks_which(tmp_path):
    head = dict(
        type='UnionHeatmapHead',
        union=dict(name='faces', members=['dogflw46', 'face68']),
        datasets=dict(dogs='dogflw46', people='face68'),
    )
    cfg = landmark_config(**head)
    paths = save_model(tmp_path, cfg, schema=None)
    with pytest.raises(LandmarkError, match='choose one with schema=.*dogflw46'):
        FaceLandmarkInferencer(*paths, device='cpu')
    for chosen, count in (('face68', 68), ('dogs', 46)):
        inferencer = FaceLandmarkInferencer(*paths, device='cpu', schema=chosen)
        ((result),) = inferencer(make_picture(), whole_image=True)
        assert inferencer.schema.num_keypoints == len(result.faces[0].points) == count


def test_the_flip_test_follows_the_config_or_the_call(inferencer):
    picture = make_picture()
    default, on, off = (
        inferencer(picture, bboxes=[5, 5, 80, 80], flip_test=flip)[0].faces[0].scores
        for flip in (None, True, False)
    )
    np.testing.assert_array_equal(default, on)
    assert np.abs(on - off).max() > 1e-3


def test_where_the_faces_are_must_be_said(inferencer, pictures):
    with pytest.raises(LandmarkError, match=r'^where are the faces\?.*whole_image'):
        inferencer(pictures)
    with pytest.raises(LandmarkError, match='both given'):
        inferencer(pictures, bboxes=BOXES, whole_image=True)
    (result,) = inferencer(pictures[:1], whole_image=True)
    assert result.faces[0].bbox.tolist() == [0, 0, 120, 90]
    assert result.bbox_source == 'picture'


def test_a_detector_that_finds_nothing_gives_no_face(inferencer, pictures, found):
    found(([], []), ([[5, 5, 50, 60]], [0.75]))
    first, second, third = inferencer(pictures)
    assert (first.faces, first.problems, third.faces) == ([], (), [])
    (face,) = second.faces
    assert (face.bbox.tolist(), face.bbox_score) == ([5, 5, 50, 60], 0.75)
    assert (first.bbox_source, first.size) == ('detector', (120, 90))


def test_regions_are_boxes_of_the_points(inferencer):
    (result,) = inferencer(make_picture(), bboxes=[30, 20, 90, 80])
    (face,) = result.faces
    schema = inferencer.schema
    assert set(face.regions) == set(schema.regions)
    for name, box in face.regions.items():
        assert (box is None) == (name in face.region_reasons)
        if box is not None:
            own = np.clip(face.points[schema.indices(schema.regions[name])], 0, result.size)
            assert (own >= box[:2] - 1e-9).all()
            assert (own <= box[2:] + 1e-9).all()


def test_unusable_boxes_are_said_and_the_others_keep_their_number(inferencer):
    boxes = [[10, 10, 10, 40], [10, 10, 60, 60], [200, 10, 260, 60], [np.nan, 0, 5, 5]]
    (result,) = inferencer(make_picture(), bboxes=boxes)
    assert [face.box_number for face in result.faces] == [1]
    words = ('box 0 .* has no area', 'box 2 .* outside the picture .120x90', 'box 3 .* finite')
    assert len(result.problems) == 3
    for problem, pattern in zip(result.problems, words, strict=True):
        pytest.raises(LandmarkError, _raise, problem).match(pattern)
    with pytest.raises(LandmarkError, match='box 0 .* has no area'):
        inferencer(make_picture(), bboxes=boxes, strict=True)


def _raise(text):
    raise LandmarkError(text)


def test_unreadable_pictures_are_named_and_strict_stops(inferencer, tmp_path):
    folder = tmp_path / 'pictures'
    folder.mkdir()
    write_pictures(folder, 2)
    (folder / 'empty.png').touch()
    (folder / 'cut.png').write_bytes((folder / 'dog1.png').read_bytes()[:-900])
    (folder / 'text.jpg').write_text('no picture')
    out, drawn = tmp_path / 'out.json', tmp_path / 'drawn'
    results = inferencer(folder, whole_image=True, out=out, draw_dir=drawn)
    told = {result.name: result.problems for result in results if result.size is None}
    assert sorted(told) == ['cut.png', 'empty.png', 'text.jpg']
    assert 'truncated' in told['cut.png'][0]
    assert 'empty' in told['empty.png'][0]
    content = json.loads(out.read_text())
    assert content['counts'] == dict(pictures=5, faces=2, without_faces=0, unreadable=3, problems=3)
    assert sorted(path.name for path in drawn.iterdir()) == ['dog0.png', 'dog1.png']
    never = tmp_path / 'never.json'
    with pytest.raises(LandmarkError, match=r'cut\.png'):
        inferencer(folder, whole_image=True, strict=True, out=never)
    assert not never.exists()


@pytest.mark.parametrize('kind', ['grey', 'alpha', '16 bits', 'turned'])
def test_pictures_are_read_as_training_reads_them(inferencer, models, tmp_path, kind):
    picture, path = make_picture(), tmp_path / 'picture.png'
    if kind == 'grey':
        cv2.imwrite(str(path), picture[..., 0])
    elif kind == 'alpha':
        alpha = np.random.default_rng(0).integers(0, 256, (90, 120, 1), dtype=np.uint8)
        cv2.imwrite(str(path), np.concatenate([picture, alpha], axis=2))
    elif kind == '16 bits':
        cv2.imwrite(str(path), picture.astype(np.uint16) * 257)
    else:
        path = tmp_path / 'picture.jpg'
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(picture).save(path, exif=exif, quality=95)
    size = (90, 120) if kind == 'turned' else (120, 90)
    (result,) = inferencer(path, whole_image=True)
    assert result.size == size
    reference = init_model(*map(str, models['dogs']), device='cpu')
    (sample,) = inference_topdown(reference, str(path), [[0, 0, *size]])
    np.testing.assert_allclose(
        result.faces[0].points, sample.pred_instances.keypoints[0], atol=1e-4
    )


def test_a_checkpoint_of_another_number_of_points_is_one_line(models):
    cases = [
        (
            'dogs',
            'face68',
            r"is for the 68 keypoints of 'face68', but .* for the 46 of 'dogflw46'$",
        ),
        ('dogs', 'unnamed', 'it is for 68 keypoints, the config for 46'),
        ('union', 'unnamed', 'it is for 68 keypoints, the config for 46'),
    ]
    for config, checkpoint, words in cases:
        with pytest.raises(LandmarkError, match=words) as caught:
            FaceLandmarkInferencer(models[config][0], models[checkpoint][1], device='cpu')
        assert str(models[checkpoint][1]) in str(caught.value)
        assert '\n' not in str(caught.value)


def test_predictions_that_are_no_numbers_stop(models):
    inferencer = FaceLandmarkInferencer(*models['dogs'], device='cpu')
    head = inferencer._model.model.head
    head.final_layer.bias.data[7] = float('nan')
    with pytest.raises(LandmarkError, match='array 0: .*(right|left)_ear_tip; expected finite'):
        inferencer(make_picture(), whole_image=True)


def test_a_stream_reads_no_further_than_it_must(inferencer, monkeypatch):
    taken = []

    def endless():
        for number in itertools.count():
            taken.append(number)
            yield make_picture(seed=number)

    monkeypatch.setattr(inferencer, 'batch_size', 2)
    stream = inferencer.stream(endless(), whole_image=True)
    seen = list(itertools.islice(stream, 5))
    assert [result.name for _, result in seen] == [f'array {n}' for n in range(5)]
    assert all(picture.shape == (90, 120, 3) for picture, _ in seen)
    assert len(taken) <= 8


def test_pictures_without_a_face_do_not_pile_up(inferencer, monkeypatch):
    monkeypatch.setattr(inferencer, 'batch_size', 3)
    boxes = [[[5, 5, 60, 60]]] + [[]] * 20
    taken = []
    arrays = (taken.append(n) or make_picture() for n in range(21))
    first, _ = next(inferencer.stream(arrays, bboxes=boxes)), None
    assert len(first[1].faces) == 1
    assert len(taken) <= 5


def test_a_video_is_a_row_of_pictures(inferencer, tmp_path):
    path = tmp_path / 'clip.avi'
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, (120, 90))
    for number in range(4):
        video.write(make_picture(seed=number))
    video.release()
    results = inferencer(path, whole_image=True, draw_dir=tmp_path / 'drawn')
    assert [result.name for result in results] == [f'{path}#{n:06d}' for n in range(4)]
    assert not any(result.problems for result in results)
    names = sorted(file.name for file in (tmp_path / 'drawn').iterdir())
    assert names == [f'clip.avi_{number:06d}.jpg' for number in range(4)]


def test_coco_output_is_a_keypoint_file(inferencer, pictures, tmp_path):
    out = tmp_path / 'points.json'
    results = inferencer(pictures, bboxes=BOXES, coco_out=out)
    file = read_coco_keypoints(out, inferencer.schema)
    points = np.concatenate([[f.points for f in r.faces] for r in results if r.faces])
    np.testing.assert_allclose(file.points, points, atol=6e-4)
    assert [image['file_name'] for image in file.data['images']] == [str(p) for p in pictures]
    np.testing.assert_allclose(file.bboxes, np.concatenate([b for b in BOXES if b]))
    scores = [annotation['score'] for annotation in file.annotations]
    np.testing.assert_allclose(scores, [f.scores.mean() for r in results for f in r.faces])
    with pytest.raises(LandmarkError, match=r'points\.json: exists'):
        inferencer(pictures, bboxes=BOXES, coco_out=out)
    before = out.read_bytes()
    with pytest.raises(LandmarkError, match='out and coco_out are one file'):
        inferencer(pictures, bboxes=BOXES, out=out, coco_out=out, overwrite=True)
    assert out.read_bytes() == before


def test_nothing_ever_replaces_pictures(inferencer, pictures, tmp_path):
    before = pictures[0].read_bytes()
    with pytest.raises(LandmarkError, match='not empty'):
        inferencer(pictures, bboxes=BOXES, draw_dir=tmp_path)
    with pytest.raises(LandmarkError, match='would replace the picture'):
        inferencer(pictures, bboxes=BOXES, draw_dir=tmp_path, overwrite=True)
    with pytest.raises(LandmarkError, match='would replace the picture'):
        inferencer(pictures, bboxes=BOXES, out=pictures[0], overwrite=True)
    assert pictures[0].read_bytes() == before


def test_drawings_show_the_points(inferencer, tmp_path):
    path = tmp_path / 'black.png'
    cv2.imwrite(str(path), np.zeros((500, 500, 3), np.uint8))
    drawn = tmp_path / 'drawn'
    (result,) = inferencer(path, bboxes=[100, 100, 400, 400], draw_dir=drawn)
    picture = cv2.imread(str(drawn / 'black.png'))
    inside = result.faces[0].points[(abs(result.faces[0].points - 250) < 240).all(axis=1)]
    assert len(inside)
    for x, y in inside.round().astype(int):
        assert picture[y, x].any()
    assert picture[100, 250].any(), 'the box'


def test_files_and_folders_that_are_not_right(inferencer, models, tmp_path):
    config, checkpoint = models['dogs']
    for path, words in (
        (tmp_path / 'absent.png', 'no such picture'),
        (tmp_path, r'no pictures in this folder \(it is empty\)'),
    ):
        with pytest.raises(LandmarkError, match=words):
            inferencer(path, whole_image=True)
    with pytest.raises(LandmarkError, match='no such config'):
        FaceLandmarkInferencer(tmp_path / 'absent.py', checkpoint, device='cpu')
    with pytest.raises(LandmarkError, match='no such checkpoint'):
        FaceLandmarkInferencer(config, tmp_path / 'absent.pth', device='cpu')
    with pytest.raises(LandmarkError, match='batch_size is 0'):
        FaceLandmarkInferencer(config, checkpoint, batch_size=0)
    assert mmlandmark.apis.FaceLandmarkInferencer is FaceLandmarkInferencer
