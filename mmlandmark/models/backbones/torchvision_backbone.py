"""The features of a classifier of torchvision as a backbone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torchvision
from mmengine.model import BaseModule
from mmengine.model.weight_init import update_init_info
from mmpose.registry import MODELS
from torch import Tensor

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.backbones.timm_weights import read_weights


@MODELS.register_module()
class TorchvisionBackbone(BaseModule):
    """What stands before the pooling of a classifier of torchvision that calls it ``features``.

    MobileNet, EfficientNet, ConvNeXt, DenseNet and VGG do; of MobileNetV2 it is the map of 1280
    channels. Weights are loaded when a training starts, not when a checkpoint is tested.

    Args:
        model_name: Torchvision's name of the model, such as ``mobilenet_v2``.
        pretrained: True for torchvision's own weights, downloaded; or the path or address of a
            file (.pth or .safetensors) with weights of the same model of torchvision.
        init_cfg: MMEngine's initialisation config; not beside ``pretrained``.
        **model_options: Further options of the model, such as ``width_mult``.

    Raises:
        LandmarkError: Torchvision does not know the model or one of its options, or the model has
            no ``features``.
    """

    def __init__(
        self,
        model_name: str,
        pretrained: bool | str | Path = False,
        init_cfg: dict | list[dict] | None = None,
        **model_options: Any,
    ) -> None:
        super().__init__(init_cfg)
        self.where = f'{type(self).__name__} {model_name!r}'
        if pretrained and init_cfg:
            raise LandmarkError(f'{self.where}: takes pretrained or init_cfg, found both')
        known = torchvision.models.list_models(module=torchvision.models)
        if model_name not in known:
            raise LandmarkError(
                f'{self.where}: torchvision {torchvision.__version__} has no such model'
                f'{nearest(str(model_name), known)}'
            )
        self.model_name, self.pretrained = model_name, pretrained
        try:
            model = torchvision.models.get_model(model_name, weights=None, **model_options)
        except (TypeError, ValueError) as error:
            raise LandmarkError(f'{self.where}: {" ".join(str(error).split())[:300]}') from error
        if not hasattr(model, 'features'):
            raise LandmarkError(f'{self.where}: the model has no features; expected such as VGG')
        self.features = model.features

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Return the map (B, C, H, W) of pictures (B, 3, H, W)."""
        return (self.features(inputs),)

    def init_weights(self) -> None:
        """Load the pretrained weights.

        Raises:
            LandmarkError: They cannot be had, are no weights, or are those of another model.
        """
        super().init_weights()
        if not self.pretrained:
            return
        source = weights_source(self.model_name, self.pretrained)
        weights = read_weights(source, self.where)
        prefix = 'features.'
        own = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
        try:
            self.features.load_state_dict(own)
        except RuntimeError as error:
            reason = ' '.join(str(error).split())[:300]
            raise LandmarkError(
                f'{self.where}: {source} holds no weights of this model: {reason}'
            ) from error
        if hasattr(self, '_params_init_info'):  # for MMEngine's log of where weights are from
            update_init_info(self, init_info=f'Loaded from {source}')


def weights_source(model_name: str, pretrained: bool | str | Path) -> str:
    """Return where the weights are: torchvision's own for True, else what is given."""
    if pretrained is True:
        return torchvision.models.get_model_weights(model_name).DEFAULT.url
    return str(pretrained)
