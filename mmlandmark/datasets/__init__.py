"""Data sets of keypoints, registered in MMPose."""

from mmlandmark._stack import require_stack

require_stack('mmlandmark.datasets')

import torch  # noqa: E402

from mmlandmark.datasets.channel_keypoints import ChannelKeypointDataset  # noqa: E402
from mmlandmark.datasets.coco_keypoints import CocoKeypointDataset  # noqa: E402
from mmlandmark.datasets.collate import packed_collate  # noqa: E402
from mmlandmark.datasets.flw_faces import CatFLWDataset, DogFLWDataset  # noqa: E402
from mmlandmark.datasets.multi_keypoints import MultiKeypointDataset  # noqa: E402
from mmlandmark.datasets.ouhands import OuhandsDataset  # noqa: E402
from mmlandmark.datasets.paired_keypoints import PairedKeypointDataset  # noqa: E402
from mmlandmark.datasets.samplers import FixedShareSampler  # noqa: E402
from mmlandmark.schemas.schema import schema_from_json  # noqa: E402

# MMEngine stores a data set's metainfo in every checkpoint, schemas included; they are plain
# content that this function checks, so a checkpoint may be loaded without running other code.
torch.serialization.add_safe_globals([schema_from_json])

__all__ = [
    'CatFLWDataset',
    'ChannelKeypointDataset',
    'CocoKeypointDataset',
    'DogFLWDataset',
    'FixedShareSampler',
    'MultiKeypointDataset',
    'OuhandsDataset',
    'PairedKeypointDataset',
    'packed_collate',
]
