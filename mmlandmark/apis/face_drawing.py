"""A folder of pictures with the faces that were found on them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.apis.face_results import PictureResult
from mmlandmark.apis.picture_drawings import PictureDrawings
from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.face_overlay import draw_faces


class FaceDrawings(PictureDrawings):
    """Writes one drawing for each picture, with its faces.

    Args:
        folder: Made if it is not there; its parent must be.
        schema: Of the points.
        **options: See ``PictureDrawings``.

    Raises:
        LandmarkError: It is a file, has no parent, or holds something and may not be written to.
    """

    def __init__(self, folder: str | os.PathLike, schema: KeypointSchema, **options: Any) -> None:
        super().__init__(folder, **options)
        self.schema = schema

    def add(self, picture: np.ndarray, result: PictureResult) -> Path:
        """Draw one result on its picture, (H, W, 3) uint8 BGR, and return the file."""
        count = self.schema.num_keypoints
        points = np.array([face.points for face in result.faces]).reshape(-1, count, 2)
        boxes = np.array([face.bbox for face in result.faces]).reshape(-1, 4)
        return self.write(result.name, draw_faces(picture, points, boxes, self.schema))
