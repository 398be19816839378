"""Whether crops with a margin meet the data preprocessor that takes the input out of them."""

from __future__ import annotations

import logging
from typing import Any

from mmengine.logging import print_log

from mmlandmark.datasets.transforms import CropWithMargin
from mmlandmark.engine.target_check import steps
from mmlandmark.errors import LandmarkError
from mmlandmark.models.data_preprocessors import AugmentingPoseDataPreprocessor


def check_crops(dataset: Any, preprocessor: Any, where: str, training: bool) -> None:
    """Look at the crops of all pipelines of a data set.

    Args:
        dataset: Of MMPose, or data sets in another.
        preprocessor: Of the model.
        where: The loader, for messages.
        training: Whether it is the one of training, of which is told where nothing is augmented.

    Raises:
        LandmarkError: Crops with a margin go to the model as they are; names the line to change.
    """
    frames = [step.frame for step in steps(dataset) if isinstance(step, CropWithMargin)]
    if isinstance(preprocessor, AugmentingPoseDataPreprocessor):
        if training and not frames and (preprocessor.affine or preprocessor.pixels):
            print_log(
                f'{where}: no pipeline has CropWithMargin, so that affine and pixels of '
                'AugmentingPoseDataPreprocessor change nothing',
                logger='current',
                level=logging.WARNING,
            )
        return
    for frame in frames:
        if frame.size != tuple(frame.input_size):
            raise LandmarkError(
                f'{where}: CropWithMargin gives crops of {frame.size[0]} x {frame.size[1]} pixels '
                f'for an input of {frame.input_size[0]} x {frame.input_size[1]}, which '
                f'{type(preprocessor).__name__} hands on as they are; set '
                "type='AugmentingPoseDataPreprocessor' in the model's data_preprocessor, or "
                'TopdownAffine in the pipeline'
            )
