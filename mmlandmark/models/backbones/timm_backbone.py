"""Any model of timm that gives feature maps, as a backbone."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.model import BaseModule
from mmengine.model.weight_init import update_init_info
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.backbones.timm_stages import check_form, check_stages, stages_of
from mmlandmark.models.backbones.timm_weights import loaded_model


@MODELS.register_module()
class TimmBackbone(BaseModule):
    """A ``features_only`` model of timm.

    Maps come out in the order of ``out_indices``, from fine to coarse; MMPose's heatmap heads
    take the last. A head that wants them all at one size takes the neck
    ``FeatureMapProcessor(concat=True)``.

    Timm's HRNet counts its stem as stage 0: its four branches are 1 to 4, and
    ``feature_location=''`` gives them with the channels of MMPose's HRNet.

    Weights are loaded when a training starts, not when a checkpoint is tested.

    Args:
        model_name: Timm's name of the model.
        out_indices: Which stages to give, as ``feature_info`` counts them.
        pretrained: True for timm's own weights, downloaded; or the path or address of a file
            (.pth or .safetensors) with weights of the same model of timm.
        allow_stem: Take the stem (stride below 4) too, beside deeper stages.
        init_cfg: MMEngine's initialisation config; not beside ``pretrained``.
        **model_options: Further options of the model, such as ``img_size`` or ``drop_path_rate``.

    Raises:
        LandmarkError: Timm is not installed, does not know the model or one of its options, or a
            stage is not there or has seen a few pixels only.
    """

    def __init__(
        self,
        model_name: str,
        out_indices: Sequence[int],
        pretrained: bool | str | Path = False,
        allow_stem: bool = False,
        init_cfg: dict | list[dict] | None = None,
        **model_options: Any,
    ) -> None:
        super().__init__(init_cfg)
        self.where = f'{type(self).__name__} {model_name!r}'
        if pretrained and init_cfg:
            raise LandmarkError(f'{self.where}: takes pretrained or init_cfg, found both')
        _check_name(model_name, self.where)
        self.model_name, self.pretrained, self.options = model_name, pretrained, model_options
        self.out_indices = check_form(out_indices, self.where)
        self.model = self._create()
        stages = stages_of(self.model)
        check_stages(self.out_indices, stages, allow_stem, self.where)
        chosen = {stage.index: stage for stage in stages}
        self.channels = tuple(chosen[index].channels for index in self.out_indices)
        self.strides = tuple(chosen[index].stride for index in self.out_indices)

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the maps (B, C, H, W) of the chosen stages for pictures (B, 3, H, W)."""
        maps = self.model(inputs)
        if str(getattr(self.model, 'output_fmt', 'NCHW')).endswith('NHWC'):
            maps = [part.permute(0, 3, 1, 2).contiguous() for part in maps]
        return tuple(maps)

    def init_weights(self) -> None:
        """Load the pretrained weights.

        Raises:
            LandmarkError: They cannot be had, are no weights, or are those of another model.
        """
        super().init_weights()
        if self.pretrained:
            place = self.model.pretrained_cfg.get('hf_hub_id') or self.model_name
            loaded = loaded_model(self._create, self.pretrained, place, self.where)
            self.model.load_state_dict(loaded.state_dict())
            if hasattr(self, '_params_init_info'):  # for MMEngine's log of where weights are from
                source = "timm's own weights" if self.pretrained is True else self.pretrained
                update_init_info(self, init_info=f'Loaded from {source}')

    def _create(self, **how: Any) -> nn.Module:
        import timm

        settings = dict(features_only=True, pretrained=False, **self.options) | how
        try:
            return timm.create_model(self.model_name, out_indices=self.out_indices, **settings)
        except IndexError:
            # names the stages that there are
            check_stages(
                self.out_indices,
                stages_of(timm.create_model(self.model_name, **settings)),
                True,
                self.where,
            )
            raise
        # timm and what it calls raise whatever they like for options and weights that do not fit
        except Exception as error:
            reason = ' '.join(str(error).split())[:300] or type(error).__name__
            raise LandmarkError(f'{self.where}: {reason}') from error


def _check_name(name: str, where: str) -> None:
    if importlib.util.find_spec('timm') is None:
        raise LandmarkError(f"{where} needs timm; install it with: pip install 'timm>=1.0.9'")
    import timm

    architecture = str(name).partition('.')[0]
    if not timm.is_model(architecture):
        known = timm.list_models()
        raise LandmarkError(
            f'{where}: timm {timm.__version__} has no such model{nearest(architecture, known)}'
        )
