"""A pipeline that decodes little gives what the whole pipeline gives."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.dataset import Compose  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import TRANSFORMS  # noqa: E402
from torch.utils.data import DataLoader, Dataset  # noqa: E402

from datasets.jpeg_files import (  # noqa: E402
    AUGMENTED,
    pipeline,
    sample,
    smooth_picture,
    write_picture,
)
from mmlandmark.datasets import crop_cache, crop_source  # noqa: E402
from mmlandmark.datasets.crop_reach import Reach  # noqa: E402
from mmlandmark.datasets.random_transforms import refuse_random  # noqa: E402
from mmlandmark.datasets.transforms import LoadImageForCrop  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

WIDTH, HEIGHT = 1403, 1299  # not divisible by 2, 4 or 8
BOX = (250, 220, 850, 1000)
KINDS = {
    'plain': {},
    'turned': dict(orientation=6),
    'upside down': dict(orientation=3),
    'grey': dict(mode='L'),
    'CMYK': dict(mode='CMYK'),
    'progressive': dict(progressive=True),
}


@pytest.fixture(autouse=True)
def scope() -> Any:
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


@pytest.fixture(scope='module')
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp('pictures')
    picture = smooth_picture(WIDTH, HEIGHT, blob=160)
    return {
        kind: write_picture(folder / f'{kind}.jpg', picture, quality=95, **options)
        for kind, options in KINDS.items()
    }


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were just written may be cached."""
    monkeypatch.setattr(crop_cache, 'FRESH', 0.0)


def both(steps: list, results: dict, seed: int = 0, **options: Any) -> tuple[dict, dict]:
    """Return what the plain pipeline and ours give by the same chance."""
    given = []
    for one in (Compose(steps), ours(steps, **options)):
        np.random.seed(seed)
        given.append(one(dict(results)))
    return given[0], given[1]


def ours(steps: list, **options: Any) -> LoadImageForCrop:
    return TRANSFORMS.build(dict(type='LoadImageForCrop', transforms=steps, **options))


def assert_all_but_pixels(one: dict, other: dict) -> None:
    assert set(one) == set(other)
    for key in set(one) - {'img'}:
        equal = np.array_equal if isinstance(one[key], np.ndarray) else lambda a, b: a == b
        assert equal(one[key], other[key]), key
    assert one['img'].shape == other['img'].shape and other['img'].dtype == np.uint8


def apart(one: dict, other: dict) -> np.ndarray:
    return np.abs(one['img'].astype(int) - other['img'])


@pytest.mark.parametrize('use_udp', [False, True])
@pytest.mark.parametrize('kind', KINDS)
def test_crops_of_jpegs_are_those_of_full_pictures(kind: str, use_udp: bool, files: dict):
    steps = pipeline(*AUGMENTED, use_udp=use_udp)
    transform = ours(steps)
    for seed in range(6):
        one, other = both(steps, sample(files[kind], BOX), seed)
        assert_all_but_pixels(one, other)
        # Near the picture's edge a reduced pixel is part black; at most the input's border
        assert np.median(apart(one, other)) <= 1 and apart(one, other).mean() < 1.5
        np.random.seed(seed)
        transform(sample(files[kind], BOX))
    assert sum(transform.counts[f'reduced by {factor}'] for factor in (4, 8)) == 6


def test_full_decoding_is_equal_to_the_last_bit(files: dict):
    for steps in (pipeline(AUGMENTED[1]), pipeline(AUGMENTED[1], use_udp=True)):
        for seed in range(3):
            one, other = both(steps, sample(files['turned'], BOX), seed, reduce=False)
            assert_all_but_pixels(one, other)
            assert np.array_equal(one['img'], other['img'])
    flipped = pipeline(dict(type='RandomFlip', prob=1.0))
    one, other = both(flipped, sample(files['plain'], BOX), reduce=False)
    assert_all_but_pixels(one, other)
    assert apart(one, other).max() <= 1  # a part of the picture is mirrored, not all of it


@pytest.mark.parametrize('orientation', [1, 3, 6, 8])
@pytest.mark.parametrize('cached', [False, True])
def test_what_is_found_in_an_input_is_where_it_is_in_the_picture(
    orientation: int, cached: bool, tmp_path: Path, kept: None
):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    spot = np.exp(-((x - 601.3) ** 2 + (y - 707.8) ** 2) / (2 * 30.0**2))
    picture = (255 * np.repeat(spot[..., None], 3, -1)).astype(np.uint8)
    turned = {1: 0, 3: 2, 6: 1, 8: 3}[orientation]  # so that it is shown as it is here
    path = tmp_path / 'spot.jpg'
    write_picture(path, np.rot90(picture, turned), orientation=orientation, quality=98)
    transform = ours(
        [*pipeline(input_size=(96, 96)), dict(type='PackPoseInputs')],
        cache=dict(folder=str(tmp_path / 'crops'), max_gb=1) if cached else None,
    )
    packed = transform(sample(str(path), (350, 400, 1000, 1050)))
    weights = packed['inputs'][0].double().numpy()
    rows, columns = np.mgrid[:96, :96]
    found = np.array([(weights * at).sum() for at in (columns, rows)]) / weights.sum()
    meta = packed['data_samples'].metainfo
    back = found / 96 * meta['input_scale'] + meta['input_center'] - 0.5 * meta['input_scale']
    assert transform.counts['reduced by 8'] == 1
    assert np.abs(back - [601.3, 707.8]).max() < 0.5  # of the 8.5 that are a pixel of the input


@settings(max_examples=15, deadline=None)
@given(
    center=st.tuples(st.floats(-100, 1500), st.floats(-100, 1400)),
    side=st.floats(20, 1500),
    flip=st.sampled_from([None, 'horizontal', 'vertical', 'diagonal']),
    seed=st.integers(0, 50),
)
def test_boxes_anywhere_show_the_same(files: dict, center, side, flip, seed):
    x, y = center
    box = (x - side / 2, y - side / 2, x + side / 2, y + side / 2)
    flips = () if flip is None else (dict(type='RandomFlip', prob=1.0, direction=flip),)
    with DefaultScope.overwrite_default_scope('mmpose'):
        one, other = both(pipeline(*flips, AUGMENTED[1]), sample(files['upside down'], box), seed)
    assert_all_but_pixels(one, other)
    inside = (one['img'].max(-1) > 0) & (other['img'].max(-1) > 0)
    # not where the edge of the picture is mixed with what is beyond it
    inside = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1) > 0
    assert apart(one, other)[inside].max(initial=0) <= 12


def test_no_more_is_left_out_than_a_crop_can_show(tmp_path: Path):
    path = write_picture(tmp_path / 'a.jpg', smooth_picture(640, 480))
    for side, factor, oversampling in ((200, 1, 1.0), (210, 2, 1.0), (420, 4, 1.0), (420, 2, 2.0)):
        # 128 pixels for a side, padded by a quarter
        transform = ours(pipeline(), oversampling=oversampling)
        transform(sample(path, (100, 20, 100 + side * 0.75, 20 + side)))
        assert transform.counts == {f'reduced by {factor}': 1}


@pytest.mark.parametrize('mode', ['RGB', 'L', 'RGBA', 'I;16'])
def test_other_kinds_of_pictures_are_loaded_as_without(mode: str, tmp_path: Path):
    path = tmp_path / 'a.png'
    picture = smooth_picture(300, 200)
    if mode == 'I;16':
        cv2.imwrite(str(path), picture[..., 0].astype(np.uint16) * 257)
    else:
        write_picture(path, picture, mode)
    steps = pipeline(*AUGMENTED)
    one, other = both(steps, sample(str(path), (20, 20, 250, 180)))
    assert_all_but_pixels(one, other)
    assert np.array_equal(one['img'], other['img'])


def test_pictures_in_memory_and_samples_without_points_go_through(files: dict):
    results = dict(img=smooth_picture(300, 200), bbox=np.array([[10.0, 20.0, 90.0, 150.0]]))
    one, other = both(pipeline(), results)
    assert_all_but_pixels(one, other)
    assert np.array_equal(one['img'], other['img'])
    one, other = both(
        pipeline(), dict(img_path=files['plain'], bbox=np.array([BOX], dtype=np.float32))
    )
    assert_all_but_pixels(one, other)


def test_crops_with_a_margin_and_mirrored_hands_are_the_same(files: dict):
    steps = pipeline(dict(type='RandomHandFlip', prob=1.0))
    one, other = both(steps, sample(files['plain'], BOX) | dict(handedness='left'))
    assert_all_but_pixels(one, other)
    assert apart(one, other).mean() < 1
    wide = dict(type='CropWithMargin', input_size=(64, 64), margin=0.4, resolution=1.5)
    one, other = both([*pipeline()[:-1], wide], sample(files['plain'], (500, 450, 800, 800)))
    assert_all_but_pixels(one, other)
    assert apart(one, other).mean() < 1 and one['img'].shape[0] > 64 * 1.5


def test_the_whole_pipeline_packs_the_same(files: dict):
    steps = [
        *pipeline(*AUGMENTED),
        dict(type='GenerateTarget', encoder=dict(
            type='MSRAHeatmap', input_size=(96, 128), heatmap_size=(24, 32), sigma=2)),
        dict(type='PackPoseInputs'),
    ]  # fmt: skip
    one, other = both(steps, sample(files['turned'], BOX))
    assert torch.equal(
        one['data_samples'].gt_fields.heatmaps, other['data_samples'].gt_fields.heatmaps
    )
    for key in ('ori_shape', 'img_shape', 'input_center', 'input_scale', 'img_path', 'flip'):
        assert np.array_equal(one['data_samples'].get(key), other['data_samples'].get(key)), key
    assert np.array_equal(
        one['data_samples'].gt_instances.bboxes, other['data_samples'].gt_instances.bboxes
    )


@pytest.mark.parametrize('kind', ['plain', 'turned'])
@pytest.mark.parametrize('quality', [None, 95])
def test_a_cached_crop_is_the_one_that_was_made(
    kind: str, quality: int | None, files: dict, tmp_path: Path, kept: None
):
    steps = pipeline(*AUGMENTED)
    cache = dict(folder=str(tmp_path / 'crops'), max_gb=1, quality=quality)
    first, second = ours(steps, cache=cache), ours(steps, cache=cache)
    for seed in range(6):
        given = []
        for transform in (first, second):
            np.random.seed(seed)
            given.append(transform(sample(files[kind], BOX)))
        assert_all_but_pixels(*given)
        assert np.array_equal(given[0]['img'], given[1]['img'])
        one, other = both(steps, sample(files[kind], BOX), seed, cache=cache)
        assert_all_but_pixels(one, other)
        assert apart(one, other).mean() < 2
    assert first.counts == {'reduced by 4': 1, 'made': 1, 'kept': 1, 'found': 5}
    assert second.counts == {'found': 6}


def test_other_pictures_are_cached_to_the_last_bit(tmp_path: Path, kept: None):
    path = write_picture(tmp_path / 'a.png', smooth_picture(300, 200))
    cache = dict(folder=str(tmp_path / 'crops'), max_gb=1)
    transform = ours(pipeline(), cache=cache)
    for _ in range(2):
        given = transform(sample(path, (50, 60, 150, 160)))
    one, _ = both(pipeline(), sample(path, (50, 60, 150, 160)))
    assert_all_but_pixels(one, given)
    assert apart(one, given).max() <= 1
    assert transform.counts == {'reduced by 1': 1, 'made': 1, 'kept': 1, 'found': 1}


@pytest.mark.parametrize('backend', ['local', 'elsewhere'])
def test_pictures_of_any_storage_are_cached(
    backend: str, files: dict, tmp_path: Path, kept: None, monkeypatch: pytest.MonkeyPatch
):
    """MMPose's configs of RTMPose name the local one; others have paths that may be files too."""
    reads = []
    get = crop_source.fileio.get
    monkeypatch.setattr(
        crop_source.fileio, 'get', lambda path, backend_args: reads.append(path) or get(path)
    )
    steps = pipeline()
    steps[0]['backend_args'] = dict(backend=backend)
    transform = ours(steps, cache=dict(folder=str(tmp_path), max_gb=1))
    given = [transform(sample(files['plain'], BOX))['img'] for _ in range(3)]
    assert transform.counts['made'] == transform.counts['kept'] == 1
    assert transform.counts['found'] == 2
    assert len(reads) == (1 if backend == 'local' else 3)
    assert np.array_equal(given[0], given[2])


def test_crops_outside_of_the_region_come_from_the_file(files: dict, tmp_path: Path, kept: None):
    transform = ours(pipeline(), cache=dict(folder=str(tmp_path), max_gb=1))
    for move in (0, 300):
        # as by a transform that is not foreseen
        transform._between[0].transform = _moved(move)
        given = transform(sample(files['plain'], BOX))
        plain = Compose(pipeline())
        plain.transforms[1].transform = _moved(move)
        one = plain(sample(files['plain'], BOX))
        assert_all_but_pixels(one, given)
        assert apart(one, given).mean() < 1
    assert transform.counts['outside the region'] == 1


def _moved(pixels: int) -> Callable[[dict], dict]:
    def transform(results: dict) -> dict:
        x, y, right, bottom = results['bbox'][0]
        results['bbox_center'] = np.array([[(x + right) / 2 + pixels, (y + bottom) / 2]])
        results['bbox_scale'] = np.array([[right - x, bottom - y]])
        return results

    return transform


def test_a_changed_picture_is_read_anew(tmp_path: Path, kept: None):
    transform = ours(pipeline(), cache=dict(folder=str(tmp_path / 'crops'), max_gb=1))
    for seed in range(2):
        path = write_picture(tmp_path / 'a.jpg', smooth_picture(700, 700, seed=seed))
        given = transform(sample(path))
        one, _ = both(pipeline(), sample(path))
        assert apart(one, given).mean() < 1
    assert transform.counts['made'] == 2


class Pictures(Dataset):
    """The same few pictures again and again."""

    def __init__(self, transform: LoadImageForCrop, paths: list[str]) -> None:
        self.transform, self.paths = transform, paths

    def __len__(self) -> int:
        return 6 * len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:
        results = self.transform(sample(self.paths[index % len(self.paths)], BOX))
        return np.append(results['img'].ravel(), index % len(self.paths))


def test_workers_share_a_cache(files: dict, tmp_path: Path, kept: None):
    transform = pickle.loads(
        pickle.dumps(ours(pipeline(), cache=dict(folder=str(tmp_path), max_gb=1)))
    )
    paths = list(files.values())[:3]
    expected = [Pictures(transform, paths)[i][:-1] for i in range(3)]
    for path in transform._opener.cache.store.folder.glob('*/*'):
        path.write_bytes(path.read_bytes()[:-7])
    for batch in DataLoader(Pictures(transform, paths), batch_size=4, num_workers=2):
        for row in batch.numpy():
            assert np.array_equal(row[:-1], expected[int(row[-1])])
    transform.counts.clear()
    assert transform(sample(paths[0], BOX)) and transform.counts['found']


def test_missing_and_damaged_files_are_told(tmp_path: Path, kept: None):
    with pytest.raises(FileNotFoundError, match='nowhere'):
        ours(pipeline())(sample(str(tmp_path / 'nowhere.jpg')))
    path = Path(write_picture(tmp_path / 'damaged.jpg', smooth_picture(700, 700)))
    content = path.read_bytes()
    path.write_bytes(content[:620])
    with pytest.raises(AssertionError, match='damaged'):  # as MMPose's LoadImage says it
        ours(pipeline(), cache=dict(folder=str(tmp_path / 'crops')))(sample(str(path)))
    path.write_bytes(content)
    opener = ours(pipeline())._opener
    source = opener.open(str(path), None)
    source.content = content[:620]
    reach = Reach(np.zeros(2), np.full(2, 700.0), 7.0)
    with pytest.raises(LandmarkError, match=r'damaged\.jpg: cannot be decoded: damaged, or'):
        opener.part(source, reach, ())


@pytest.mark.parametrize(
    'steps, options, message',
    [
        (pipeline()[1:], {}, 'have 0 of LoadImage; expected one'),
        (pipeline()[:-1], {}, 'have 0 of TopdownAffine; expected one'),
        (pipeline()[::-1], {}, 'TopdownAffine comes before LoadImage'),
        ([*pipeline(), pipeline()[-1]], {}, 'have 2 of TopdownAffine'),
        ([dict(type='LoadImage', color_type='unchanged'), *pipeline()[1:]], {},
         "color_type of LoadImage is 'unchanged'; expected 'color'"),
        ([dict(type='LoadImage', to_float32=True), *pipeline()[1:]], {}, 'to_float32 of LoadImage'),
        (pipeline(), dict(oversampling=0.5), 'oversampling is 0.5; expected 1 or more'),
        (pipeline(), dict(cache=dict(fold='x')), r"no option 'fold' \(did you mean 'folder'\?\)"),
        (pipeline(), dict(cache=dict(max_gb=3)), 'cache has no folder'),
    ],
)  # fmt: skip
def test_pipelines_and_options_that_make_no_sense(steps: list, options: dict, message: str):
    with pytest.raises(LandmarkError, match=message):
        LoadImageForCrop(transforms=steps, **options)


def test_a_transform_that_changes_the_picture_before_the_crop_is_named(files: dict):
    steps = pipeline(dict(type='JitterColor', brightness=0.5))
    with pytest.raises(LandmarkError, match='JitterColor changes the picture before TopdownAffine'):
        ours(steps)(sample(files['plain'], BOX))


def test_what_is_inside_is_seen_from_outside(files: dict):
    transform = ours(pipeline(*AUGMENTED))
    with pytest.raises(LandmarkError, match='RandomFlip'):
        refuse_random([transform], 'data')
    refuse_random([ours(pipeline())], 'data')
