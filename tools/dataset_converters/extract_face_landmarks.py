"""Make landmark files with the 478 points of a face mesh for a folder of pictures, by MediaPipe.

Needs the extra mmlandmark[mediapipe]; MMPose is not needed. A second call goes on.

Example:
    python tools/dataset_converters/extract_face_landmarks.py data/faces/images data/faces/landmarks
"""

from __future__ import annotations

import sys

from mmlandmark.annotations.extraction_command import parse_args, run
from mmlandmark.annotations.mediapipe_detectors import MediaPipeFaceMesh

if __name__ == '__main__':
    arguments = parse_args(__doc__)
    sys.exit(run(MediaPipeFaceMesh, arguments))
