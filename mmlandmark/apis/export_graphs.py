"""The graph of a trained model, and what its file shall say of itself."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any, NamedTuple

import torch
from torch import nn

from mmlandmark.apis.load import load_inferencer
from mmlandmark.apis.load_model import read_config
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.exported.info import ChannelInfo, ConverterInfo, DetectorInfo, Info
from mmlandmark.models.converters import KeypointConverter
from mmlandmark.models.graphs.converter import ConverterGraph, MappingGraph
from mmlandmark.schemas import Mapping as KeypointMapping
from mmlandmark.schemas import get_mapping

FRAMES = ('input', 'picture')
CONVERTER, CHANNELS = 'LandmarkConverter', 'ChannelKeypointDetector'
_CUTTING = ('GetBBoxCenterScale', 'TopdownAffine')
_HARMLESS = ('LoadImage', 'PackPoseInputs', 'LoadImageForCrop', 'GenerateTarget')
_PACKAGES = ('mmlandmark', 'torch', 'mmpose', 'onnx')


class Graph(NamedTuple):
    """What is written.

    Args:
        module: From tensors to tensors, with ``input_names``, ``output_names`` and ``example``.
        info: What the file says of itself.
        converter: The converter that it is of, if it is of one.
    """

    module: nn.Module
    info: Info
    converter: KeypointConverter | None = None


def converter_graph(converter: KeypointConverter) -> Graph:
    """Return the graph of a trained converter."""
    info = ConverterInfo(
        converter.name,
        converter.source_schema,
        converter.target_schema,
        converter.normalizer.name,
        converter.min_source_points,
        converter.uncertainty is not None,
        package_versions(),
    )
    return Graph(ConverterGraph(converter).eval(), info, converter)


def mapping_graph(mapping: KeypointMapping) -> Graph:
    """Return the graph of a fixed mapping."""
    info = ConverterInfo(
        mapping.name, mapping.source, mapping.target, None, 1, False, package_versions()
    )
    return Graph(MappingGraph(mapping).eval(), info)


def detector_graph(
    config: Any, checkpoint: str | os.PathLike, schema: str | None, frame: str, flip_test: Any
) -> Graph:
    """Return the graph of a top-down model; arguments are those of ``export_model``."""
    from mmlandmark.apis.landmark_model import LandmarkModel
    from mmlandmark.models.graphs.detector import DetectorGraph
    from mmlandmark.models.graphs.heads import build_head_graph

    if frame not in FRAMES:
        raise LandmarkError(
            f'frame is {frame!r}{nearest(str(frame), FRAMES)}; expected {" or ".join(FRAMES)}'
        )
    cfg, where = read_config(config)
    loaded = LandmarkModel(config, checkpoint, 'cpu', schema)
    model, test_cfg = loaded.model, dict(loaded.test_cfg)
    if 'output_keypoint_indices' in test_cfg:
        raise LandmarkError(f'{where}: test_cfg.output_keypoint_indices cannot be exported')
    if flip_test is not None:
        test_cfg['flip_test'] = flip_test
    steps = _pipeline(cfg, loaded.dataset_name)
    size = _input_size(steps, model.head, where)
    head = build_head_graph(model.head, loaded.schema, loaded.dataset_name, test_cfg, size)
    flips = bool(test_cfg.get('flip_test', False))
    graph = DetectorGraph(model, head, size, flips, frame).eval().requires_grad_(False)
    info = DetectorInfo(
        f'{type(model.head).__name__} {loaded.schema.name}',
        loaded.schema,
        size,
        frame,
        _padding(steps),
        bool(_step(steps, 'TopdownAffine').get('use_udp', False)),
        flips,
        _numbers(graph.pixels.mean),
        _numbers(graph.pixels.std),
        package_versions(),
    )
    return Graph(graph, info)


def channel_graph(
    config: Any,
    checkpoint: str | os.PathLike,
    input_size: Sequence[int] | None,
    top_k: int | None,
    flip_test: bool | None,
) -> Graph:
    """Return the graph of a detector of channel keypoints; see ``export_model``."""
    from mmlandmark.apis.channel_model import ChannelModel
    from mmlandmark.models.graphs.channels import DEFAULTS, ChannelGraph

    cfg, where = read_config(config)
    model = ChannelModel(config, checkpoint, 'cpu').model
    if flip_test is not None:
        model.test_cfg['flip_test'] = flip_test
    given = input_size or _step(_pipeline(cfg, None), 'ResizeChannels').get('size')
    if given is None:
        raise LandmarkError(
            f'{where}: takes pictures of any size, but a graph has one; expected input_size='
            '(width, height) (--input-size WIDTH HEIGHT)'
        )
    size = tuple(int(side) for side in given)
    peaks = {**DEFAULTS, **model.head.peaks, **model.test_cfg.get('peaks', {})}
    if top_k is not None or peaks['top_k'] is None:
        peaks['top_k'] = top_k or DEFAULTS['top_k']
    graph = ChannelGraph(model, size, peaks).eval().requires_grad_(False)
    info = ChannelInfo(
        type(model.head).__name__,
        tuple(model.head.channels),
        size,
        peaks['top_k'],
        _numbers(graph.peaks.threshold),
        _numbers(graph.pixels.mean),
        _numbers(graph.pixels.std),
        package_versions(),
    )
    return Graph(graph, info)


def model_graph(
    config: Any,
    checkpoint: str | os.PathLike | None,
    mapping: str | os.PathLike | KeypointMapping | None,
    **options: Any,
) -> Graph:
    """Return the graph of any model; arguments are those of ``export_model``.

    Raises:
        LandmarkError: There is none for the model, or an option is not for such a model.
    """
    if mapping is not None:
        _refuse(options, 'a mapping')
        if config is not None or checkpoint is not None:
            raise LandmarkError('expected either a mapping or a checkpoint, found both')
        own = isinstance(mapping, KeypointMapping)
        return mapping_graph(mapping if own else get_mapping(mapping))
    if checkpoint is None:
        raise LandmarkError('expected a checkpoint or a mapping to export, found neither')
    kind = CONVERTER if config is None else read_config(config)[0].model.get('type')
    if kind == CONVERTER:
        _refuse(options, 'a converter')
        return converter_graph(load_inferencer(checkpoint, config).converter)
    if kind == CHANNELS:
        _refuse(options, 'a detector of channel keypoints', 'input_size', 'top_k', 'flip_test')
        return channel_graph(
            config, checkpoint, options['input_size'], options['top_k'], options['flip_test']
        )
    _refuse(options, 'a top-down model', 'schema', 'frame', 'flip_test')
    return detector_graph(
        config,
        checkpoint,
        options['schema'],
        options['frame'] or FRAMES[0],
        options['flip_test'],
    )


def package_versions() -> dict[str, str]:
    """Return the versions of what a file is made by."""
    from mmlandmark.version import __version__

    found = dict(mmlandmark=__version__, torch=torch.__version__)
    for name in _PACKAGES:
        try:
            found.setdefault(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            continue
    return found


def _refuse(options: Mapping[str, Any], kind: str, *allowed: str) -> None:
    for name, value in options.items():
        if value is not None and name not in allowed:
            raise LandmarkError(f'{kind} has no {name} to choose, found {value!r}')


def _pipeline(cfg: Any, dataset: str | None) -> list[Mapping[str, Any]]:
    """Return the steps of the test pipeline, of a data set where there are several."""
    loader = cfg.get('test_dataloader') or cfg.get('val_dataloader') or {}
    found = loader.get('dataset') or {}
    members = found.get('datasets')
    if isinstance(members, Mapping):
        found = members.get(dataset, next(iter(members.values())))
    return [step for step in found.get('pipeline') or [] if isinstance(step, Mapping)]


def _step(steps: Sequence[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    found = (step for step in steps if str(step.get('type')).split('.')[-1] == kind)
    return next(found, {})


def _padding(steps: Sequence[Mapping[str, Any]]) -> float | None:
    """Return how much of a box's surroundings is shown; None of a pipeline that does else."""
    kinds = [str(step.get('type')).split('.')[-1] for step in steps]
    own = [kind for kind in kinds if kind not in _HARMLESS]
    if own != list(_CUTTING):
        return None
    return float(_step(steps, 'GetBBoxCenterScale').get('padding', 1.25))


def _input_size(steps: Sequence[Mapping[str, Any]], head: nn.Module, where: str) -> tuple[int, int]:
    sizes = (step['input_size'] for step in steps if 'input_size' in step)
    decoders = (getattr(part, 'decoder', None) for part in head.modules())
    known = (codec.input_size for codec in decoders if hasattr(codec, 'input_size'))
    size = next(sizes, None) or next(known, None)
    if size is None:
        raise LandmarkError(f'{where}: neither the test pipeline nor the codec has an input_size')
    return tuple(int(side) for side in size)


def _numbers(values: torch.Tensor) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values.flatten())
