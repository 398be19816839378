import json

import numpy as np
import pytest

from mmlandmark.annotations.pseudo_labels import (
    PseudoLabels,
    read_pseudo_labels,
    write_pseudo_labels,
)
from mmlandmark.errors import LandmarkError

CHANNELS = ['nose', 'left', 'right']


@pytest.fixture
def labels():
    rng = np.random.default_rng(0)
    return PseudoLabels(np.array([7, 3]), rng.uniform(0, 99, (2, 3, 2)), rng.uniform(0, 1, (2, 3)))


@pytest.fixture
def file(tmp_path, labels):
    path = tmp_path / 'labels.json'
    write_pseudo_labels(path, 'three', CHANNELS, {'mpii': labels})
    return path


def edit(file, change):
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    return file


def test_what_is_written_is_read(file, labels):
    read = read_pseudo_labels(file, 'mpii', CHANNELS)
    assert len(read) == 2
    np.testing.assert_array_equal(read.ids, labels.ids)
    np.testing.assert_allclose(read.points, labels.points, atol=1e-4)
    np.testing.assert_allclose(read.scores, labels.scores, atol=1e-4)
    with pytest.raises(LandmarkError, match='exists'):
        write_pseudo_labels(file, 'three', CHANNELS, {})


def test_nothing_that_is_not_finite_is_written(tmp_path, labels):
    labels.points[1, 2, 0] = np.nan
    with pytest.raises(LandmarkError, match="'mpii': annotation 3: 'right' is .*nan"):
        write_pseudo_labels(tmp_path / 'x.json', 'three', CHANNELS, {'mpii': labels})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ('data_set', 'channels', 'change', 'message'),
    [
        ('mpi', CHANNELS, None, "no data set 'mpi' .did you mean 'mpii'.*only mpii"),
        ('mpii', CHANNELS[:2], None, 'not those of the union: it has right'),
        ('mpii', ['nose', 'eye', 'right'], None, 'lacks eye; it has left'),
        ('mpii', CHANNELS[::-1], None, 'another order'),
        ('mpii', CHANNELS, lambda c: c.update(kind='pairs'), 'no pseudo labels'),
        ('mpii', CHANNELS, lambda c: c.pop('channels'), "no list 'channels'"),
        ('mpii', CHANNELS, lambda c: c.pop('data_sets'), "no data set 'mpii'"),
        (
            'mpii',
            CHANNELS,
            lambda c: c['data_sets']['mpii']['ids'].pop(),
            "lists 'ids' and 'keypoints' of equal length",
        ),
        (
            'mpii',
            CHANNELS,
            lambda c: c['data_sets']['mpii'].update(ids=[7, 7]),
            'not different integers',
        ),
        (
            'mpii',
            CHANNELS,
            lambda c: c['data_sets']['mpii']['keypoints'][1].pop(),
            'annotation 3: expected 9 numbers',
        ),
        (
            'mpii',
            CHANNELS,
            lambda c: c['data_sets']['mpii']['keypoints'][0].__setitem__(5, float('nan')),
            r'keypoints\[0\]\[5\] is nan',
        ),
    ],
)
def test_a_wrong_file_is_named(file, data_set, channels, change, message):
    if change is not None:
        edit(file, change)
    with pytest.raises(LandmarkError, match=message) as error:
        read_pseudo_labels(file, data_set, channels)
    assert str(file) in str(error.value)


def test_a_list_is_no_file_of_pseudo_labels(tmp_path):
    (tmp_path / 'x.json').write_text('[]')
    with pytest.raises(LandmarkError, match='no pseudo labels'):
        read_pseudo_labels(tmp_path / 'x.json', 'mpii', CHANNELS)
