"""Whether what a training pipeline encodes is what the head makes its targets of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mmpose.datasets.transforms import GenerateTarget
from mmpose.registry import MODELS

from mmlandmark.codecs import KeypointLabels
from mmlandmark.errors import LandmarkError


def check_targets(dataset: Any, head: Any, where: str) -> None:
    """Look at the encoders of all pipelines of a data set.

    Args:
        dataset: Of MMPose, or data sets in another.
        head: Of the model.
        where: The loader, for the message.

    Raises:
        LandmarkError: They give coordinates to a head that draws nothing, or maps to one that
            draws them itself; names the line to change.
    """
    kind, targets = type(head).__name__, getattr(head, 'targets', None)
    for encoder in encoders(dataset):
        labels = isinstance(encoder, KeypointLabels)
        if labels and targets is None:
            ours = f'Device{kind}'
            line = f"set type='{ours}' in the model's head, or " if ours in MODELS else ''
            raise LandmarkError(
                f'{where}: GenerateTarget has the encoder KeypointLabels, and {kind} draws no '
                f'targets; {line}set encoder=codec in GenerateTarget'
            )
        if labels and targets != 'device':
            raise LandmarkError(
                f'{where}: GenerateTarget has the encoder KeypointLabels, and {kind} has '
                f"targets={targets!r}; set targets='device' in the head, or encoder=codec in "
                'GenerateTarget'
            )
        if not labels and targets == 'device':
            raise LandmarkError(
                f'{where}: GenerateTarget has the encoder {type(encoder).__name__}, and {kind} '
                "draws its targets itself; set encoder=dict(type='KeypointLabels') in "
                "GenerateTarget, or targets='pipeline' in the head"
            )


def encoders(part: Any) -> Iterator[Any]:
    """Return what encodes in a data set, a pipeline or a transform, and in those inside it."""
    for step in steps(part):
        if isinstance(step, GenerateTarget):
            yield from step.encoder if isinstance(step.encoder, list) else [step.encoder]


def steps(part: Any) -> Iterator[Any]:
    """Return a data set, a pipeline or a transform, and all that is inside it."""
    yield part
    for name in ('datasets', 'dataset', 'pipeline', 'transforms'):
        inner = getattr(part, name, None)
        if isinstance(inner, Mapping):
            inner = list(inner.values())
        for one in inner if isinstance(inner, (list, tuple)) else [inner]:
            if one is not None:
                yield from steps(one)
