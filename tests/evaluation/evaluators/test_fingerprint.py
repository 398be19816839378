from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.evaluation.evaluators.fingerprint import fingerprint


def test_predictions_do_not_matter_and_everything_else_does(labelled):
    clean = fingerprint(labelled.samples(affine=labelled.target))
    other = labelled.replace(pred=labelled.pred + 1)
    assert fingerprint(other.samples(affine=labelled.target)) == clean
    assert fingerprint(labelled.samples(affine=labelled.target + 1)) != clean
    assert fingerprint(labelled.samples(mapping=labelled.target)) != clean
    assert fingerprint(labelled.samples(affine=labelled.target)[:-1]) != clean
    wider = labelled.replace(head_size=labelled.head_size * 2)
    assert fingerprint(wider.samples(affine=labelled.target)) != clean


def test_shapes_types_and_names_matter():
    values = [
        {'a': np.zeros(4)},
        {'a': np.zeros((2, 2))},
        {'a': np.zeros(4, np.float32)},
        {'a': np.zeros(8, np.float32)},
        {'b': np.zeros(4)},
        {'a': [0.0, 0.0]},
        {'a': 0.0},
        {'a': None},
        {'a': '0.0'},
        {'a': [[0.0], 0.0]},
    ]
    assert len({fingerprint([value]) for value in values}) == len(values)
    assert fingerprint([{'a': torch.zeros(4)}]) == fingerprint([{'a': np.zeros(4, np.float32)}])


@pytest.mark.parametrize('odd', [object(), np.array([object()]), {1, 2}])
def test_what_has_no_bytes_gives_none(odd):
    assert fingerprint([{'a': odd}]) is None
