"""Ground truth of MMPose's `CocoMetric`: the right file, and converted once per evaluation.

`CocoMetric` looks its file up under the data set's name in the `MessageHub`, where the last data
set of that name has written its own; and with ``gt_converter`` it converts the ground truth that it
keeps in place, so that a second evaluation converts the converted points again. Both functions act
only when called, by the evaluators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


@contextmanager
def announced_ann_file(dataset_meta: Mapping[str, Any]) -> Iterator[None]:
    """Let metrics find the annotation file of this data set, and of no other.

    Args:
        dataset_meta: Its ``dataset_name``, and ``ann_file`` if it has one file: without, metrics
            take the ground truth from the samples.
    """
    from mmengine.logging import MessageHub

    hub = MessageHub.get_current_instance()
    key = f'{dataset_meta.get("dataset_name")}_ann_file'
    known = key in hub.runtime_info
    before = hub.get_info(key)
    hub.pop_info(key)
    if dataset_meta.get('ann_file'):
        hub.update_info(key, dataset_meta['ann_file'])
    try:
        yield
    finally:
        hub.pop_info(key)
        if known:
            hub.update_info(key, before)


@contextmanager
def unconverted_ground_truth(metric: Any) -> Iterator[None]:
    """Leave a metric's ground truth after an evaluation as it was before it.

    Args:
        metric: Any metric; one that converts no ground truth is left alone.
    """
    if not getattr(metric, 'gt_converter', None):
        yield
        return
    kept = metric.coco
    # the converter replaces the lists in an annotation, it never changes a list
    contents = [(ann, dict(ann)) for ann in kept.anns.values()] if kept is not None else []
    try:
        yield
    finally:
        metric.coco = kept
        for annotation, content in contents:
            annotation.clear()
            annotation.update(content)
