import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.geometry.affine import (
    apply_affine,
    compose_affine,
    flip_affine,
    identity_affine,
    invert_affine,
    pixel_index_affine,
    rotation_affine,
    scale_affine,
    shift_affine,
)

POINTS = np.array([[0.0, 0.0], [3.0, 1.0], [-2.5, 7.25]])


def test_maps_by_hand():
    assert apply_affine(POINTS, identity_affine()).tolist() == POINTS.tolist()
    assert apply_affine(POINTS, scale_affine(2, 3)).tolist() == [[0, 0], [6, 3], [-5, 21.75]]
    assert apply_affine(POINTS, shift_affine(1, -1)).tolist() == [[1, -1], [4, 0], [-1.5, 6.25]]
    assert apply_affine(POINTS, flip_affine(10)).tolist() == [[10, 0], [7, 1], [12.5, 7.25]]
    # y points down, so what pointed right points down
    np.testing.assert_allclose(
        apply_affine(np.array([[1.0, 0.0]]), rotation_affine(90)), [[0, 1]], atol=1e-15
    )


def test_the_last_matrix_is_applied_first():
    both = compose_affine(shift_affine(5, 0), scale_affine(2, 2), flip_affine(4))
    step = apply_affine(apply_affine(POINTS, flip_affine(4)), scale_affine(2, 2)) + [5, 0]
    np.testing.assert_allclose(apply_affine(POINTS, both), step)


@settings(max_examples=30, deadline=None)
@given(st.floats(-180, 180), st.floats(0.1, 10), st.floats(-100, 100))
def test_the_inverse_takes_back(angle, factor, shift):
    matrix = compose_affine(
        rotation_affine(angle), scale_affine(factor, -factor), shift_affine(shift, 1)
    )
    back = apply_affine(apply_affine(POINTS, matrix), invert_affine(matrix))
    np.testing.assert_allclose(back, POINTS, atol=1e-9)
    with pytest.raises(np.linalg.LinAlgError):
        invert_affine(scale_affine(0, 1))


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_tensors_give_what_arrays_give_in_their_own_type(dtype):
    matrix = compose_affine(shift_affine(5, 0), rotation_affine(20))
    given = torch.tensor(POINTS, dtype=dtype)
    moved = apply_affine(given, matrix)
    assert moved.dtype == dtype
    np.testing.assert_allclose(moved.numpy(), apply_affine(POINTS, matrix), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(apply_affine(given, torch.tensor(matrix)), moved)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        torch.testing.assert_close(apply_affine(given, matrix), moved)


def test_a_batch_has_a_matrix_for_each():
    matrices = np.stack([shift_affine(1, 2), flip_affine(9)])
    batch = np.stack([POINTS, POINTS + 1])
    moved = apply_affine(batch, matrices)
    for one, points, matrix in zip(moved, batch, matrices, strict=True):
        np.testing.assert_array_equal(one, apply_affine(points, matrix))
    tensors = apply_affine(torch.tensor(batch), torch.tensor(matrices))
    np.testing.assert_allclose(tensors.numpy(), moved)
    assert apply_affine(np.zeros((0, 2)), flip_affine(9)).shape == (0, 2)


def test_indices_of_pixels_are_half_a_pixel_off():
    matrix = scale_affine(2, 2)
    centres = np.array([[0.5, 0.5], [3.5, 1.5]])
    moved = apply_affine(centres - 0.5, pixel_index_affine(matrix))
    np.testing.assert_allclose(moved, apply_affine(centres, matrix) - 0.5)
