"""Whether the data sets of a runner fit its model, seen before the first step."""

from __future__ import annotations

import logging
from typing import Any

from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmpose.models.heads import HeatmapHead, RTMCCHead, SimCCHead

from mmlandmark.engine.crop_check import check_crops
from mmlandmark.engine.switched_pipelines import switched_pipelines
from mmlandmark.engine.target_check import check_targets
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, schema_of_metainfo


def check_runner(runner: Runner, parts: tuple[str, ...]) -> None:
    """Compare the data sets of some parts of a runner with its head, and samplers with loaders.

    A head without ``check_datasets`` is not for several data sets and takes what it is given; of
    MMPose's own, the number of channels is compared with that of the keypoints.

    Args:
        runner: Any runner.
        parts: Of ``train``, ``val`` and ``test``; those that the runner has not are passed over.

    Raises:
        LandmarkError: A data set that the head does not know or for which it has other
            keypoints, replayed labels in another union, a sampler made for another loader,
            encoders that do not give what the head makes its targets of, or crops with a margin
            for a data preprocessor that does not take it off.
    """
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    head = getattr(model, 'head', None)
    check = getattr(head, 'check_datasets', None)
    for part in parts:
        if getattr(runner, f'{part}_loop') is None:
            continue
        loader, where = getattr(runner, f'{part}_dataloader'), f'{part}_dataloader'
        check_sampler(loader, where)
        preprocessor = getattr(model, 'data_preprocessor', None)
        fed = [(where, loader.dataset), *(switched_pipelines(runner) if part == 'train' else ())]
        for place, dataset in fed:
            check_crops(dataset, preprocessor, place, training=part == 'train')
            if part == 'train' and head is not None:
                check_targets(dataset, head, place)
        if check is None:
            check_channels(loader.dataset, head, where)
        else:
            schemas = dataset_schemas(loader.dataset)
            _explained(where, check, schemas)
            check_replays(loader.dataset, head, where)
            if part == 'train':
                _tell_unused(head, schemas)


def check_sampler(loader: Any, where: str) -> None:
    """Look at a loader whose sampler divides its batches.

    Raises:
        LandmarkError: The batch sizes differ, or the loader drops a batch that the sampler gives.
    """
    sampler = loader.sampler
    check = getattr(sampler, 'check_batch_size', None)
    if check is None:
        return
    _explained(where, check, loader.batch_size)
    if loader.drop_last and len(sampler) % loader.batch_size:
        raise LandmarkError(
            f'{where}: drop_last leaves {len(sampler) % loader.batch_size} samples of every epoch '
            f'out, which {type(sampler).__name__} promises to show; set drop_last=False'
        )


def check_channels(dataset: Any, head: Any, where: str) -> None:
    """Compare a head of MMPose, which knows no keypoints but their number, with a data set.

    Raises:
        LandmarkError: The numbers differ; MMPose would stop in the flip test or the loss, or not
            at all.
    """
    if not isinstance(head, (HeatmapHead, SimCCHead, RTMCCHead)):
        return
    keypoints = (getattr(dataset, 'metainfo', None) or {}).get('num_keypoints')
    maps = 3 if getattr(head.decoder, 'heatmap_type', None) == 'combined' else 1
    if keypoints is not None and head.out_channels != maps * keypoints:
        raise LandmarkError(
            f'{where}: {type(head).__name__} predicts {head.out_channels // maps} keypoints, the '
            f'data set has {keypoints}; a ConvertedHead tests a model on other keypoints'
        )


def _tell_unused(head: Any, schemas: dict[str, KeypointSchema]) -> None:
    unused = [name for name in getattr(head, 'dataset_schemas', ()) if name not in schemas]
    if unused:
        print_log(
            f'the head is also for {", ".join(unused)}, of which train_dataloader has no samples: '
            'what only they label is not trained',
            logger='current',
            level=logging.WARNING,
        )


def check_replays(dataset: Any, head: Any, where: str) -> None:
    """Raise a LandmarkError where labels are filled up to another union than the head's."""
    for name, replay in getattr(dataset, 'replays', {}).items():
        union = getattr(head, 'union', None)
        if union is None:
            raise LandmarkError(
                f'{where}: data set {name!r} has replayed labels, which {type(head).__name__} '
                'cannot take; they need a union head'
            )
        if words := union.differences(replay.union):
            raise LandmarkError(
                f'{where}: the labels of data set {name!r} are replayed in another union than the '
                f"head's: {words}"
            )


def dataset_schemas(dataset: Any) -> dict[str, KeypointSchema]:
    """Return the schema of each data set in a data set, by the name that its samples carry.

    Args:
        dataset: A ``MultiKeypointDataset``, or one data set of MMPose.
    """
    if hasattr(dataset, 'schemas'):
        return dict(dataset.schemas)
    metainfo = getattr(dataset, 'metainfo', None) or {}
    if 'dataset_name' not in metainfo:
        return {}
    return {metainfo['dataset_name']: schema_of_metainfo(metainfo)}


def _explained(where: str, check: Any, value: Any) -> None:
    try:
        check(value)
    except LandmarkError as error:
        raise LandmarkError(f'{where}: {error}') from error
