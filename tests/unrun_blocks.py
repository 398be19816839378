"""Blocks of the documentation that no test runs, each with its reason.

tests/test_doc_blocks.py checks their commands all the same: tools, options, configs, names.
"""

from __future__ import annotations

from doc_blocks import Block, Command

QUIET = 'figures of a quiet machine, minutes to hours; the tool has a test of its own'
TRAINING = 'trains or tests for hours on data or weights that are not here'
GPUS = 'needs several GPUs'
NETWORK = 'fetches something'
SET_UP = 'makes or fills an environment'
ITSELF = 'is what runs this test, or does not end'
MEDIAPIPE = 'needs the environment of MediaPipe'
FOREIGN = 'scripts of MMPose, which pip does not install'

#: Whole blocks: page -> how they start -> reason.
BLOCKS: dict[str, dict[str, str]] = {}

#: Single commands: page -> how they start -> reason.
COMMANDS: dict[str, dict[str, str]] = {}


def reason_of(block: Block, part: Block | Command) -> str:
    """Return why no test runs a part of a block; empty where one must."""
    for listed, text in ((BLOCKS, block.text), (COMMANDS, part.text)):
        for start, reason in listed.get(block.page, {}).items():
            if text.startswith(start):
                return reason
    return ''
