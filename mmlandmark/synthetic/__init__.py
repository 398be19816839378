"""Faces made by the project itself: a 3-D point model, projected into two schemas."""

from mmlandmark.synthetic.faces import SyntheticFaces, make_faces
from mmlandmark.synthetic.pair_file import pair_document

__all__ = ['SyntheticFaces', 'make_faces', 'pair_document']
