"""Make landmark files with the 21 points of a hand for a folder of pictures, by MediaPipe.

Needs the extra mmlandmark[mediapipe]; MMPose is not needed. A second call goes on.

Example:
    python tools/dataset_converters/extract_hand_landmarks.py data/OUHANDS data/OUHANDS/landmarks
"""

from __future__ import annotations

import sys

from mmlandmark.annotations.extraction_command import parse_args, run
from mmlandmark.annotations.mediapipe_detectors import MediaPipeHands

if __name__ == '__main__':
    arguments = parse_args(__doc__)
    sys.exit(run(MediaPipeHands, arguments))
