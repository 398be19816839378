from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.dogs import make_dogs
from mmlandmark.synthetic.dogs_coat import coat_of
from mmlandmark.synthetic.dogs_file import dog_document
from mmlandmark.synthetic.dogs_render import render_dog
from mmlandmark.synthetic.dogs_shapes import DogShapes

DOG = get_schema('dogflw46')


@pytest.fixture(scope='module')
def dogs():
    return make_dogs(DogShapes.own(), 12, seed=4, per_breed=3, size=64)


def test_the_same_seed_gives_the_same_dogs(dogs):
    again = make_dogs(DogShapes.own(), 12, seed=4, per_breed=3, size=64)
    np.testing.assert_array_equal(again.points, dogs.points)
    np.testing.assert_array_equal(render_dog(again, 5), render_dog(dogs, 5))
    other = make_dogs(DogShapes.own(), 12, seed=5, per_breed=3, size=64)
    assert np.abs(other.points - dogs.points).max() > 1


def test_all_points_lie_in_the_picture(dogs):
    assert dogs.points.min() > 0
    assert dogs.points.max() < 63
    assert dogs.breed.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_wrong_numbers_are_told():
    with pytest.raises(LandmarkError, match='0 dogs'):
        make_dogs(DogShapes.own(), 0)
    with pytest.raises(LandmarkError, match='pictures of 8 pixels'):
        make_dogs(DogShapes.own(), 5, size=8)


@pytest.mark.parametrize('name', [n for n in DOG.keypoints if not n.startswith('left_')])
def test_every_point_can_be_seen(seen, name):
    """A point that moves by 2.5 pixels changes the picture where it is now."""
    dogs, pictures = seen
    column = DOG.index(name)
    points = dogs.points.copy()
    points[:, column] += [2.5, -2.5]
    moved = replace(dogs, points=points)
    y, x = np.mgrid[: dogs.size, : dogs.size]
    changes = []
    for index, before in enumerate(pictures):
        near = np.hypot(x - points[index, column, 0], y - points[index, column, 1]) < 5
        change = np.abs(render_dog(moved, index).astype(int) - before)
        changes.append(change[near].max())
    assert np.median(changes) > 25


@pytest.fixture(scope='module')
def seen():
    dogs = make_dogs(DogShapes.own(), 5, seed=2, per_breed=1, size=96)
    return dogs, [render_dog(dogs, index).astype(int) for index in range(len(dogs))]


def test_a_breed_has_one_coat(dogs):
    np.testing.assert_array_equal(coat_of(2, 4).fur, coat_of(2, 4).fur)
    assert len({tuple(coat_of(breed, 4).fur) for breed in range(8)}) == 8


def test_the_file_reads_back(dogs):
    document = dog_document(dogs, np.arange(3, 9))
    file = read_coco_keypoints(document, DOG)
    np.testing.assert_allclose(file.points, dogs.points[3:9], atol=0.006)
    assert file.ids.tolist() == [4, 5, 6, 7, 8, 9]
    assert {a['breed'] for a in file.annotations} == {'drawn_00001', 'drawn_00002'}
    low, high = file.bboxes[:, None, :2], file.bboxes[:, None, 2:]
    assert ((file.points >= low) & (file.points <= high)).all()
