"""Faces made by the project itself: a 3-D point model in two schemas, and drawn dogs."""

from mmlandmark.synthetic.dogs import DrawnDogs, make_dogs
from mmlandmark.synthetic.dogs_shapes import DogShapes
from mmlandmark.synthetic.faces import SyntheticFaces, make_faces
from mmlandmark.synthetic.pair_file import pair_document

__all__ = [
    'DogShapes',
    'DrawnDogs',
    'SyntheticFaces',
    'make_dogs',
    'make_faces',
    'pair_document',
]
