"""What the project makes itself: a 3-D face in two schemas, drawn dogs and drawn boxes."""

from mmlandmark.synthetic.boxes import BoxScene, make_boxes
from mmlandmark.synthetic.dogs import DrawnDogs, make_dogs
from mmlandmark.synthetic.dogs_shapes import DogShapes
from mmlandmark.synthetic.faces import SyntheticFaces, make_faces
from mmlandmark.synthetic.pair_file import pair_document

__all__ = [
    'BoxScene',
    'DogShapes',
    'DrawnDogs',
    'SyntheticFaces',
    'make_boxes',
    'make_dogs',
    'make_faces',
    'pair_document',
]
