"""Blocks of the documentation that no test runs, each with its reason.

tests/test_doc_blocks.py checks their commands all the same: tools, options, configs, names.
"""

from __future__ import annotations

from doc_blocks import Block, Command

QUIET = 'figures of a quiet machine, minutes to hours; its tool has a test of its own'
TRAINING = 'trains or tests for long, on data or weights that are not here'
DATA = 'works on a whole data set that is not here; its tool has a test of its own'
GPUS = 'needs several GPUs'
NETWORK = 'fetches something'
ENVIRONMENT = 'makes or fills an environment'
MAKE = 'starts all tests, or what they test one by one'
SERVER = 'runs until it is stopped'
OUTPUT = 'output of a training that is not run'
TOOLS = 'python tools/'

#: Whole blocks: page -> how they start -> reason.
BLOCKS: dict[str, dict[str, str]] = {
    'CONTRIBUTING.md': {'make setup': MAKE},
    'docs/benchmarks.md': {
        'python tools/analysis/benchmark_': QUIET,
        'MALLOC_MMAP_THRESHOLD_': QUIET,
        'OMP_NUM_THREADS=1 python tools/analysis/benchmark_': QUIET,
    },
    'docs/channel-keypoints.md': {
        'tensorboard': SERVER,
        'python tools/draw_boxes.py': DATA,
        'C=configs/channel_keypoints/': TRAINING,
    },
    'docs/compat.md': {'git clone': NETWORK},
    'docs/converters.md': {'python tools/analysis/stress_converter.py CONFIG': TRAINING},
    'docs/cross-evaluation.md': {TOOLS: TRAINING, 'MMLANDMARK_CONVERTER=': TRAINING},
    'docs/datasets.md': {'python tools/pseudo_labels.py': TRAINING},
    'docs/dog-and-cat-faces.md': {
        'bash tools/dist_train.sh': GPUS,
        'python tools/train.py': TRAINING,
        'python tools/test.py': TRAINING,
        'CONFIG=': TRAINING,
    },
    'docs/drawn-dogs.md': {'python tools/draw_dogs.py': DATA, 'C=configs/dogflw/': TRAINING},
    'docs/hands.md': {
        'python tools/train.py': TRAINING,
        'C=configs/ouhands/': TRAINING,
        'python tools/test.py': TRAINING,
        'python tools/analysis/mean_shape_baseline.py': DATA,
    },
    'docs/how-to.md': {
        'bash tools/dist_train.sh': GPUS,
        'python tools/train.py': TRAINING,
        'python tools/test.py': TRAINING,
        'python tools/infer_faces.py': TRAINING,
        'python tools/export_onnx.py CONFIG': TRAINING,
    },
    'docs/inference.md': {'python tools/train.py': TRAINING},
    'docs/install.md': {
        'make setup': ENVIRONMENT,
        'pip ': ENVIRONMENT,
        'conda create': ENVIRONMENT,
        'uv pip compile': NETWORK,
    },
    'docs/mediapipe.md': {'python -m venv': ENVIRONMENT},
    'docs/metrics.md': {'method   NME': OUTPUT},
    'docs/report.md': {'python tools/test.py CONFIG': TRAINING},
    'docs/results.md': {
        TOOLS: TRAINING,
        'mkdir -p data': TRAINING,
        'C=configs/': TRAINING,
        'D=data/OUHANDS': TRAINING,
    },
    'docs/scaling.md': {'python tools/analysis/scaling.py --measure': QUIET},
    'docs/speed.md': {'tools/dist_train.sh': GPUS},
    'docs/union-training.md': {
        'bash tools/dist_train.sh': GPUS,
        'python tools/train.py': TRAINING,
        'python tools/pseudo_labels.py': TRAINING,
        'python tools/test.py': TRAINING,
    },
}

#: Single commands: page -> how they start -> reason.
COMMANDS: dict[str, dict[str, str]] = {
    'README.md': {'make ': MAKE},
    'docs/export.md': {'pip install': ENVIRONMENT},
    'docs/formats.md': {
        'python -m mmlandmark train': TRAINING,
        'python demo/image_demo.py': NETWORK,
    },
    'docs/speed.md': {'python tools/analysis/scaling.py --measure': QUIET},
}

#: How many commands and blocks these are.
COUNT = 158


def reason_of(block: Block, part: Block | Command) -> str:
    """Return why no test runs a part of a block; empty where one must."""
    for listed, text in ((BLOCKS, block.text), (COMMANDS, part.text)):
        for start, reason in listed.get(block.page, {}).items():
            if text.startswith(start):
                return reason
    return ''
