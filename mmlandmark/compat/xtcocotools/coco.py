"""Stand-in for ``xtcocotools.coco``: pycocotools' index and the few additions MMPose uses."""

from __future__ import annotations

from typing import Any

import numpy as np
from pycocotools import coco


class COCO(coco.COCO):
    """A COCO annotation file and its index.

    Args:
        annotation_file: Path of the JSON file.
        test_index: Indices of the keypoints to keep, or None for all.
        ann_data: The content of such a file, instead of its path.
    """

    def __init__(
        self,
        annotation_file: str | None = None,
        test_index: Any = None,
        ann_data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(annotation_file if ann_data is None else None)
        self.anno_file = [annotation_file]
        self.test_index = test_index
        if ann_data is not None:
            self.dataset = ann_data
            self.createIndex()
        for annotation in self.dataset.get('annotations', []):
            annotation.setdefault('iscrowd', False)
            if test_index is not None:
                points = np.reshape(annotation['keypoints'], (-1, 3))
                annotation['keypoints'] = points[test_index].reshape(-1).tolist()

    def loadRes(self, resFile: Any) -> COCO:  # noqa: N802, N803 (the name that callers use)
        """Return the detections of ``resFile`` (path, list or array) as an index; may be empty."""
        result = COCO() if isinstance(resFile, list) and not resFile else super().loadRes(resFile)
        if not result.dataset:
            result.dataset = {
                'images': list(self.dataset['images']),
                'categories': list(self.dataset.get('categories', [])),
                'annotations': [],
            }
            result.createIndex()
        if len(self.anno_file) == 1:
            self.anno_file.append(resFile)
        return result
