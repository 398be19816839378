"""In which schema a head answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmlandmark.models.heads.decoder_targets import decoder_union, find_decoder
from mmlandmark.schemas import UNION, KeypointSchema


def predicted_schema(head: Any, test_cfg: Mapping[str, Any] | None) -> KeypointSchema | None:
    """Return the schema of the predictions for pictures of no data set in particular.

    Args:
        head: Of MMPose or of this package.
        test_cfg: The estimator's; its ``target_schema`` goes before the head's.

    Returns:
        What a head converts to or what it is told to predict, else the union of its data sets;
        None for a head that answers in the keypoints of its one data set.
    """
    if hasattr(head, 'conversion'):
        return head.conversion.target
    if not hasattr(head, 'dataset_schemas'):
        return None
    told = (test_cfg or {}).get('target_schema', head.target_schema)
    if told is None and len(head.dataset_schemas) == 1:
        return next(iter(head.dataset_schemas.values()))
    return target_schema(head, told or UNION)


def target_schema(head: Any, target: str) -> KeypointSchema:
    """Return the schema that a head for several data sets has by the name of a target.

    Args:
        head: A union head or one with several decoders.
        target: A member's, a data set's or a schema's name, or ``union``.

    Raises:
        LandmarkError: The head does not predict it.
    """
    if hasattr(head, 'union'):
        return head.union.target(target)
    if target == UNION:
        return decoder_union(head.dataset_schemas).schema
    return head.dataset_schemas[find_decoder(head.dataset_schemas, target)]
