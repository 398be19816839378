"""Crops with a margin meet the preprocessor that takes it off, seen before the first step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.models import PoseDataPreprocessor  # noqa: E402

from mmlandmark.datasets.transforms import CropWithMargin, LoadImageForCrop  # noqa: E402
from mmlandmark.engine import crop_check, schema_check  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.data_preprocessors import AugmentingPoseDataPreprocessor  # noqa: E402

AFFINE = dict(rotate_factor=40)


def dataset(*steps: Any) -> Any:
    return SimpleNamespace(datasets=[SimpleNamespace(pipeline=list(steps))], metainfo={})


def test_a_margin_that_nothing_takes_off_is_one_line():
    crop = CropWithMargin((48, 64), affine=AFFINE)
    for preprocessor in (PoseDataPreprocessor(), None):
        with pytest.raises(LandmarkError, match="set type='Augmenting") as error:
            crop_check.check_crops(dataset(crop), preprocessor, 'val_dataloader', False)
        assert '\n' not in str(error.value) and 'for an input of 48 x 64' in str(error.value)
    crop_check.check_crops(dataset(crop), AugmentingPoseDataPreprocessor(), 'here', True)
    # without a margin it is TopdownAffine
    crop_check.check_crops(dataset(CropWithMargin((48, 64))), PoseDataPreprocessor(), 'here', True)


def test_crops_are_found_inside_of_what_loads_them():
    steps = [dict(type='mmpose.LoadImage'), CropWithMargin((48, 64), affine=AFFINE)]
    with pytest.raises(LandmarkError, match='hands on as they are'):
        crop_check.check_crops(
            dataset(LoadImageForCrop(steps)), PoseDataPreprocessor(), 'here', True
        )


@pytest.mark.parametrize(
    'options', [dict(affine=AFFINE), dict(pixels=[dict(type='BatchColorJitter')])]
)
def test_augmentation_that_reaches_nothing_is_told(options: dict, monkeypatch):
    lines = []
    monkeypatch.setattr(crop_check, 'print_log', lambda text, **_: lines.append(text))
    preprocessor = AugmentingPoseDataPreprocessor(**options)
    for given, training in (
        (dataset(), False),
        (dataset(CropWithMargin((48, 64), affine=AFFINE)), True),
    ):
        crop_check.check_crops(given, preprocessor, 'train_dataloader', training)
    crop_check.check_crops(dataset(), AugmentingPoseDataPreprocessor(), 'train_dataloader', True)
    assert not lines
    crop_check.check_crops(dataset(), preprocessor, 'train_dataloader', True)
    (line,) = lines
    assert line.startswith('train_dataloader: no pipeline has CropWithMargin')


def test_a_runner_is_looked_at_before_its_first_step():
    crops = dataset(CropWithMargin((48, 64), affine=AFFINE))
    loader = SimpleNamespace(dataset=crops, sampler=None, batch_size=2, drop_last=False)
    model = SimpleNamespace(data_preprocessor=PoseDataPreprocessor())
    runner = SimpleNamespace(model=model, train_loop=None, val_loop=object(), val_dataloader=loader)
    with pytest.raises(LandmarkError, match='^val_dataloader: CropWithMargin gives crops of'):
        schema_check.check_runner(runner, ('train', 'val'))
