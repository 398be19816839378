"""MMPose's conversion to numpy takes bfloat16, wherever it has been imported."""

import numpy as np
import torch
from mmpose.models.heads.heatmap_heads import heatmap_head
from mmpose.utils.tensor_utils import to_numpy


def test_bfloat16_is_widened():
    x = torch.tensor([1.5, -2.0], dtype=torch.bfloat16)
    assert to_numpy(x).dtype == np.float32
    assert [a.tolist() for a in to_numpy([x, x.float()])] == [[1.5, -2.0]] * 2
    array, device = to_numpy(x, return_device=True)
    assert array.tolist() == [1.5, -2.0] and device == torch.device('cpu')


def test_other_types_keep_theirs():
    assert to_numpy(torch.zeros(2, dtype=torch.float64)).dtype == np.float64
    assert to_numpy(np.zeros(2, np.float16)).dtype == np.float16


def test_the_heads_use_it():
    assert heatmap_head.to_numpy is to_numpy
