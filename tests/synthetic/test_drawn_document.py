import numpy as np
import pytest

from mmlandmark.synthetic import DogShapes, make_dogs, make_faces, pair_document
from mmlandmark.synthetic.bodies import make_bodies
from mmlandmark.synthetic.bodies_file import body_document
from mmlandmark.synthetic.dogs_file import dog_document

ROWS = np.array([1, 4])
DOCUMENTS = {
    'bodies': lambda: body_document(make_bodies(5, seed=7, size=96), ROWS, 'coco'),
    'dogs': lambda: dog_document(make_dogs(DogShapes.own(), 5, seed=7, size=96), ROWS),
    'faces': lambda: pair_document(make_faces(5, seed=7)),
}


@pytest.mark.parametrize('kind', DOCUMENTS)
def test_a_file_says_that_it_is_drawn_and_every_annotation_has_its_picture(kind):
    document = DOCUMENTS[kind]()
    info, images = document['info'], document['images']
    assert info['synthetic'] and info['seed'] == 7 and info['description'].startswith('synthetic: ')
    assert [i['id'] for i in images] == [a['image_id'] for a in document['annotations']]
    assert len({i['file_name'] for i in images}) == len(images)
    assert all(i['width'] == i['height'] >= 96 for i in images)
    (category,) = document['categories']
    assert {a['category_id'] for a in document['annotations']} == {category['id']}


def test_ids_and_pictures_are_those_of_the_whole():
    images = DOCUMENTS['bodies']()['images']
    assert [i['id'] for i in images] == [2, 5]
    assert images[1]['file_name'] == 'images/00005.jpg'
