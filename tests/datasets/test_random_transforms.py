import pytest
from mmcv.transforms import Compose, RandomApply, Resize
from mmpose.datasets.transforms import Albumentation, BottomupRandomAffine, TopdownAffine

from mmlandmark.datasets.random_transforms import is_random, refuse_random
from mmlandmark.datasets.transforms import (
    JitterColor,
    PackChannelInputs,
    PadChannels,
    RandomChannelAffine,
)
from mmlandmark.errors import LandmarkError

PAD = PadChannels(divisor=8)


@pytest.mark.parametrize(
    ('transform', 'random'),
    [
        (RandomChannelAffine(), True),
        (JitterColor(), True),
        (BottomupRandomAffine(input_size=(8, 8)), True),
        (RandomApply([PAD]), True),
        (object.__new__(Albumentation), True),
        (PAD, False),
        (PackChannelInputs(), False),
        (TopdownAffine(input_size=(8, 8)), False),
        (Resize(scale=(8, 8)), False),
    ],
)
def test_what_changes_samples_by_chance(transform, random):
    assert is_random(transform) is random


def test_what_is_inside_a_wrapper_is_looked_at():
    refuse_random([PAD, Compose([PAD])], 'boxes')
    with pytest.raises(
        LandmarkError, match='boxes: test_mode=True and JitterColor in the pipeline'
    ):
        refuse_random([PAD, Compose([PAD, Compose([JitterColor()])])], 'boxes')
