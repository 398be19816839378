"""Encoders and decoders of segmentation-models-pytorch as a backbone."""

from __future__ import annotations

import importlib.util
import inspect
import math
from pathlib import Path
from typing import Any

from mmengine.model.weight_init import update_init_info
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.backbones.normalization import (
    ColorNormalization,
    ColorStatistics,
    normalization,
)
from mmlandmark.models.backbones.padding import PaddedBackbone
from mmlandmark.models.backbones.smp_weights import pretrained_encoder
from mmlandmark.models.backbones.timm_weights import loaded_model

TIMM = 'tu-'
OTHER_DECODER = ('DPT',)
"""Architectures whose decoder takes more than feature maps."""


@MODELS.register_module()
class SmpBackbone(PaddedBackbone):
    """What stands before the segmentation head of a model of segmentation-models-pytorch.

    Weights are loaded when a training starts, not when a checkpoint is tested. ``PSPNet`` leaves
    the end of its encoder unused: several processes want ``find_unused_parameters=True`` for it.

    Args:
        architecture: Its name of the model, such as ``Unet`` or ``FPN``.
        encoder_name: Its name of the encoder, such as ``resnet34``, or ``tu-`` and timm's name of
            any model with feature maps, such as ``tu-convnext_tiny``.
        pretrained: Weights of the encoder: True for its own, downloaded; the name of a set that
            segmentation-models-pytorch has of them, such as ``ssl``; or the path or address of a
            file (.pth or .safetensors), of timm's for ``tu-``.
        normalize: 'own' for the mean and std that belong to the encoder's weights, of input in
            levels 0 to 255, red first; None where ``data_preprocessor`` normalises; or a dict of
            them. What is kept with the weights, of which a checkpoint holds a copy; ImageNet's for
            an encoder that segmentation-models-pytorch itself makes without weights.
        divisor: Inputs are padded to multiples of it; found from the encoder where it is None.
            ``PAN`` wants 128.
        init_cfg: MMEngine's initialisation config; not beside ``pretrained``.
        **model_options: Options of the architecture, such as ``decoder_channels``, and of timm's
            model, such as ``img_size``.

    Raises:
        LandmarkError: segmentation-models-pytorch is not installed, or does not know the
            architecture, the encoder or an option.
    """

    def __init__(
        self,
        architecture: str = 'Unet',
        encoder_name: str = 'resnet34',
        pretrained: bool | str | Path = False,
        normalize: Any = 'own',
        divisor: int | None = None,
        init_cfg: dict | list[dict] | None = None,
        **model_options: Any,
    ) -> None:
        super().__init__(init_cfg)
        self.where = f'{type(self).__name__} {architecture!r} on {encoder_name!r}'
        if pretrained and init_cfg:
            raise LandmarkError(f'{self.where}: takes pretrained or init_cfg, found both')
        self.architecture = _architecture(architecture, self.where)
        _check_options(self.architecture, encoder_name, model_options, self.where)
        self.encoder_name, self.options, self.pretrained = encoder_name, model_options, pretrained
        model = self._create()
        self.encoder, self.decoder = model.encoder, model.decoder
        layers = list(model.segmentation_head)
        self.channels = (layers[0].in_channels,)
        self.strides = (int(getattr(layers[1], 'scale_factor', 1)),)
        self.divisor = divisor or _divisor(self.encoder)
        if encoder_name.startswith(TIMM):
            own = ColorStatistics.of_timm(encoder_name.removeprefix(TIMM), self.where)
        else:
            own = ColorStatistics.of_imagenet(self.where)
        self.normalization = normalization(normalize, own, self.where)
        self._takes_statistics = normalize == 'own' and not encoder_name.startswith(TIMM)

    def extract(self, inputs: Tensor) -> Tensor:
        """Return the map of pictures (B, 3, H, W) whose sides are multiples of ``divisor``.

        Raises:
            LandmarkError: The encoder takes pictures of one size only.
        """
        try:
            features = self.encoder(inputs)
        except AssertionError as error:  # by which timm's transformers say it
            height, width = inputs.shape[-2:]
            raise LandmarkError(
                f'{self.where}: the encoder takes no input of {width}x{height} ({error}); pass '
                'its img_size and a divisor, or take another'
            ) from error
        return self.decoder(features)

    def init_weights(self) -> None:
        """Load the encoder's pretrained weights, and the statistics that belong to them.

        Raises:
            LandmarkError: They cannot be had, are no weights, or are those of another encoder.
        """
        super().init_weights()
        if not self.pretrained:
            return
        name, prefixed = self.encoder_name.removeprefix(TIMM), self.encoder_name.startswith(TIMM)
        if prefixed:
            encoder = loaded_model(self._create_encoder, self.pretrained, name, self.where)
            self.encoder.load_state_dict(encoder.state_dict())
        else:
            needed = self._takes_statistics
            statistics = pretrained_encoder(self.encoder, name, self.pretrained, needed, self.where)
            if statistics and isinstance(self.normalization, ColorNormalization):
                self.normalization.take(statistics)
        if hasattr(self, '_params_init_info'):  # for MMEngine's log of where weights are from
            source = f'the weights {name}' if self.pretrained is True else self.pretrained
            update_init_info(self.encoder, init_info=f'Loaded from {source}')

    def _create(self, **how: Any) -> nn.Module:
        options = self.options | how
        weights = True if options.pop('pretrained', False) else None
        try:
            return self.architecture(
                encoder_name=self.encoder_name, encoder_weights=weights, **options
            )
        # it, timm and what they call raise whatever they like for options that do not fit
        except Exception as error:
            reason = ' '.join(str(error).split())[:300] or type(error).__name__
            raise LandmarkError(f'{self.where}: {reason}') from error

    def _create_encoder(self, **how: Any) -> nn.Module:
        return self._create(**how).encoder


def _architecture(name: str, where: str) -> Any:
    if importlib.util.find_spec('segmentation_models_pytorch') is None:
        raise LandmarkError(
            f'{where} needs segmentation-models-pytorch; install it with: '
            "pip install 'segmentation-models-pytorch>=0.5' 'timm>=1.0.9'"
        )
    import segmentation_models_pytorch as smp

    known = [
        part.__name__
        for part in smp.MODEL_ARCHITECTURES_MAPPING.values()
        if part.__name__ not in OTHER_DECODER
    ]
    if name not in known:
        raise LandmarkError(
            f'{where}: no such architecture{nearest(str(name), known)}; there are '
            f'{", ".join(known)}'
        )
    return getattr(smp, name)


def _check_options(architecture: Any, encoder: str, options: dict[str, Any], where: str) -> None:
    import segmentation_models_pytorch as smp
    import timm

    if encoder.startswith(TIMM):
        name, known = encoder.removeprefix(TIMM), timm.list_models()
        if not timm.is_model(name.partition('.')[0]):
            raise LandmarkError(f'{where}: timm has no such model{nearest(name, known)}')
        return
    known = smp.encoders.get_encoder_names()
    if encoder not in known:
        hint = nearest(encoder, known)
        raise LandmarkError(
            f"{where}: no such encoder{hint}; a model of timm is 'tu-' and its name"
        )
    # what it does not know it would leave out without a word
    taken = set(inspect.signature(architecture.__init__).parameters)
    for option in set(options) - taken:
        raise LandmarkError(f'{where}: no such option {option!r}{nearest(option, sorted(taken))}')


def _divisor(encoder: nn.Module) -> int:
    """The coarsest stride, times the windows into which a MaxViT cuts its coarsest map."""
    windows = (getattr(module, 'partition_size', ()) for module in encoder.modules())
    return encoder.output_stride * math.lcm(*(side for window in windows for side in window))
