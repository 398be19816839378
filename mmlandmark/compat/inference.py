"""MMPose's inference looks for one data set's pipeline and metainfo in a config and its classes.

``init_model`` and the inferencers read the pipeline of ``test_dataloader.dataset``, which several
data sets have one by one, and take a model's keypoints for those of its data set, which heads of
unions and heads that convert do not predict. Without metainfo in the checkpoint they read that of
the data set's class: nothing, where it is made of a schema when the data set is built.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from torch import nn

from mmlandmark.compat.rebind import rebind
from mmlandmark.errors import LandmarkError

_LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def fix_inference() -> bool:
    """Let ``init_model`` and the inferencers find both; return whether they did not."""
    from mmpose.apis import inference
    from mmpose.apis.inferencers.base_mmpose_inferencer import BaseMMPoseInferencer

    if hasattr(inference.init_model, '__wrapped__'):
        return False
    rebind(inference.dataset_meta_from_config, _with_built_metainfo(inference))
    rebind(inference.init_model, _with_predicted_metainfo(inference.init_model))
    _wrap_inferencer(BaseMMPoseInferencer)
    return True


def set_pipeline(cfg: Config) -> None:
    """Give the test set of several data sets the pipeline of its first, if it has none."""
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    members = dataset.get('datasets')
    if isinstance(members, Mapping) and members and 'pipeline' not in dataset:
        pipeline = next(iter(members.values())).get('pipeline')
        if pipeline is not None:
            dataset['pipeline'] = pipeline


def built_metainfo(cfg: Config) -> dict[str, Any] | None:
    """Return the metainfo of a config's data sets, of which no file is read.

    Returns:
        That of the first loader with a data set, the training's as a rule; None without one.

    Raises:
        LandmarkError: It cannot be built; one line.
    """
    from mmpose.registry import DATASETS

    found = (cfg.get(name) for name in _LOADERS)
    dataset = next((one['dataset'] for one in found if one), None)
    if dataset is None:
        return None
    try:
        return DATASETS.build({**_without_steps(dataset), 'lazy_init': True}).metainfo
    except LandmarkError:
        raise
    # a class of anyone's: whatever it lacks, its metainfo is not to be had
    except Exception as error:
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise LandmarkError(
            f'{cfg.filename or "the config"}: the keypoints of its data set cannot be told '
            f'({reason:.120}), and the checkpoint has no dataset_meta; expected a checkpoint that '
            'a training wrote'
        ) from error


def predicted_metainfo(model: nn.Module, metainfo: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return metainfo with the keypoints that a model predicts.

    Args:
        model: An estimator.
        metainfo: Of its data sets.

    Returns:
        MMPose's entries, those of several data sets under ``datasets``; no schemas, which the
        demo scripts cannot write to their files.

    Raises:
        LandmarkError: There is none, and the head does not say what it predicts.
    """
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    from mmlandmark.models.heads.predicted_schema import predicted_schema

    schema = predicted_schema(getattr(model, 'head', None), getattr(model, 'test_cfg', None))
    if schema is None:
        if metainfo is None:
            raise LandmarkError(
                'neither the checkpoint (dataset_meta) nor the config (a data set in '
                'train_dataloader) tells the keypoints of the model'
            )
        return _plain(metainfo)
    own = parse_pose_metainfo(schema.to_metainfo())
    names = getattr(model.head, 'dataset_schemas', None)
    if names is not None:
        own['dataset_name'] = '+'.join(names)
    members = (metainfo or {}).get('datasets')
    return own if members is None else {**own, 'datasets': _plain(members)}


def _plain(metainfo: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in metainfo.items() if key != 'schema'}
    return {k: _plain(v) if isinstance(v, Mapping) else v for k, v in kept.items()}


def _without_steps(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config of a data set without pipelines, and without files of earlier models."""
    kept = {k: v for k, v in dataset.items() if k not in ('pipeline', 'replay')}
    if isinstance(kept.get('datasets'), Mapping):
        kept['datasets'] = {name: _without_steps(one) for name, one in kept['datasets'].items()}
    return kept


def _with_built_metainfo(inference: Any) -> Any:
    original = inference.dataset_meta_from_config

    @functools.wraps(original)
    def dataset_meta_from_config(config: Config, dataset_mode: str = 'train') -> dict | None:
        try:
            found = original(config, dataset_mode)
        except AssertionError:  # a class without METAINFO
            found = None
        return built_metainfo(config) if found is None else found

    return dataset_meta_from_config


def _with_predicted_metainfo(original: Any) -> Any:
    @functools.wraps(original)
    def init_model(*args: Any, **kwargs: Any) -> nn.Module:
        model = original(*args, **kwargs)
        model.dataset_meta = predicted_metainfo(model, model.dataset_meta)
        set_pipeline(model.cfg)
        return model

    return init_model


def _wrap_inferencer(inferencer_class: type) -> None:
    load, init = inferencer_class._load_weights_to_model, inferencer_class._init_pipeline

    @functools.wraps(load)
    def load_weights(self: Any, model: nn.Module, checkpoint: Any, cfg: Any) -> None:
        load(self, model, checkpoint, cfg)
        model.dataset_meta = predicted_metainfo(model, model.dataset_meta)

    @functools.wraps(init)
    def init_pipeline(self: Any, cfg: Any) -> Any:
        set_pipeline(cfg)
        return init(self, cfg)

    inferencer_class._load_weights_to_model = load_weights
    inferencer_class._init_pipeline = init_pipeline
