"""Deformable convolution through mmcv's autograd functions, against torchvision and gradcheck."""

import pytest
import torch
import torchvision
from mmcv.ops import deform_conv2d, modulated_deform_conv2d


def make(groups=1, deform_groups=1, kernel=(3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2)):
    generator = torch.Generator().manual_seed(0)

    def rand(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    size = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip((7, 6), padding, dilation, kernel, stride, strict=True)
    ]
    points = deform_groups * kernel[0] * kernel[1]
    tensors = dict(
        x=rand(2, 4, 7, 6),
        # off the grid, where bilinear sampling has a derivative
        offset=rand(2, 2 * points, *size) * 0.2 + 0.31,
        mask=rand(2, points, *size).sigmoid(),
        weight=rand(4, 4 // groups, *kernel),
        bias=rand(4),
    )
    return tensors, dict(stride=stride, padding=padding, dilation=dilation)


@pytest.mark.parametrize(('groups', 'deform_groups'), [(1, 1), (2, 1), (2, 2)])
def test_deform_conv_and_gradients_equal_torchvision(groups, deform_groups):
    tensors, geometry = make(groups, deform_groups)
    names = ('x', 'offset', 'weight')
    ours = [tensors[n].clone().requires_grad_() for n in names]
    theirs = [tensors[n].clone().requires_grad_() for n in names]
    out = deform_conv2d(*ours, *geometry.values(), groups, deform_groups)
    expected = torchvision.ops.deform_conv2d(*theirs, **geometry)
    torch.testing.assert_close(out, expected)
    out.square().sum().backward()
    expected.square().sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a.grad, b.grad)


@pytest.mark.parametrize('with_bias', [True, False])
@pytest.mark.parametrize(('groups', 'deform_groups'), [(1, 1), (2, 2)])
def test_modulated_deform_conv_and_gradients_equal_torchvision(groups, deform_groups, with_bias):
    tensors, geometry = make(groups, deform_groups)
    names = ('x', 'offset', 'mask', 'weight') + (('bias',) if with_bias else ())
    ours = [tensors[n].clone().requires_grad_() for n in names]
    theirs = {n: tensors[n].clone().requires_grad_() for n in names}
    bias = ours[4] if with_bias else None
    out = modulated_deform_conv2d(*ours[:4], bias, *geometry.values(), groups, deform_groups)
    expected = torchvision.ops.deform_conv2d(
        theirs['x'],
        theirs['offset'],
        theirs['weight'],
        theirs.get('bias'),
        **geometry,
        mask=theirs['mask'],
    )
    torch.testing.assert_close(out, expected)
    out.square().sum().backward()
    expected.square().sum().backward()
    for a, b in zip(ours, theirs.values(), strict=True):
        torch.testing.assert_close(a.grad, b.grad)


def test_modulated_deform_conv_passes_gradcheck():
    tensors, geometry = make(kernel=(2, 2), stride=(2, 2), padding=(0, 0), dilation=(1, 1))
    inputs = [tensors['x'][:1, :, :4, :4], tensors['offset'][:1, :, :2, :2]]
    inputs += [tensors['mask'][:1, :, :2, :2], tensors['weight'], tensors['bias']]
    leaves = [t.clone().contiguous().requires_grad_() for t in inputs]
    assert torch.autograd.gradcheck(
        lambda *args: modulated_deform_conv2d(*args, (2, 2), (0, 0), (1, 1), 1, 1), leaves
    )
