"""A picture, its mirror image and the mirror image of its input show the same places."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.dataset import Compose  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402

from .hand_batches import CODEC, SIZE, build, feats  # noqa: E402

WIDTH, HEIGHT = 400, 300
SPOT = (170.3, 140.6)  # from the corner of the picture
CROP = [dict(type='GetBBoxCenterScale'), dict(type='TopdownAffine', input_size=SIZE)]
WHOLE = [dict(type='ResizePicture', input_size=SIZE)]


def shown(steps: list[dict], mirrored: bool) -> dict:
    """A picture with one soft spot, 21 points on it, as the input of a model."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    spot = 255 * np.exp(-((x - SPOT[0]) ** 2 + (y - SPOT[1]) ** 2) / (2 * 12.0**2))
    points = np.tile(np.float32(SPOT), (1, 21, 1))
    sample = dict(
        img=np.repeat(spot[..., None], 3, axis=2).astype(np.float32),
        img_shape=(HEIGHT, WIDTH),
        bbox=np.float32([[60, 30, 300, 250]]),
        keypoints=points,
        keypoints_visible=np.ones((1, 21), dtype=np.float32),
        flip_indices=get_schema('hand21').flip_indices.tolist(),
    )
    with DefaultScope.overwrite_default_scope('mmpose'):
        flip = dict(type='RandomHandFlip', prob=float(mirrored))
        return Compose([flip, *steps])(sample)


def seen(picture: np.ndarray) -> np.ndarray:
    """Where a model without any habit sees the spot: x and y from the corner of the input."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    weights = picture[..., 0].astype(np.float64)
    return np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()


@pytest.mark.parametrize('kind', ['simcc', 'regression'])
@pytest.mark.parametrize(('steps', 'shift'), [(CROP, 'crop'), (WHOLE, False)])
def test_the_mirror_image_of_an_input_gives_what_the_input_gives(kind, steps, shift) -> None:
    plain, mirrored = (shown(steps, turn) for turn in (False, True))
    label = plain['transformed_keypoints'][0, 0]
    # what a model learns to put right, the same of both kinds of pictures
    habit = label - seen(plain['img'])
    assert np.allclose(
        mirrored['transformed_keypoints'][0, 0] - seen(mirrored['img']), habit, 0, 0.02
    )
    answer = seen(plain['img'][:, ::-1]) + habit
    head = build(kind)
    answers = iter([answer_of(head, kind, place) for place in (label, answer)])
    head.forward = lambda _: next(answers)
    keys = ('input_size', 'input_center', 'input_scale')
    meta = {key: plain[key] for key in keys} | dict(ori_shape=(HEIGHT, WIDTH))
    sample = PoseDataSample(metainfo=meta)
    found = head.predict([feats(1), feats(1)], [sample], dict(flip_test=True, shift_coords=shift))
    assert np.allclose(found[0].keypoints, label, rtol=0, atol=0.02)
    assert np.allclose(found[0].keypoints_3d[..., :2], SPOT, rtol=0, atol=0.1)


def answer_of(head: torch.nn.Module, kind: str, place: np.ndarray) -> object:
    """What the layers of a head give for 21 points at one place of the input."""
    if kind == 'regression':
        standard = torch.tensor([*(place / SIZE * 2 - 1), 0.0], dtype=torch.float32)
        return standard.expand(1, 21, 3)
    head.decoder.decode_by = 'mean'
    ratio = CODEC['simcc_split_ratio']
    vectors = (
        -((torch.arange(side * ratio) - at * ratio) ** 2) / 2
        for side, at in zip(SIZE, place.tolist(), strict=True)
    )
    return *(vector.expand(1, 21, -1) for vector in vectors), torch.zeros(1, 21)


def test_a_word_that_is_no_way_to_mirror_is_refused() -> None:
    with pytest.raises(LandmarkError, match="shift_coords is 'corner'; expected True, False or"):
        build().test_cfg = dict(shift_coords='corner')
