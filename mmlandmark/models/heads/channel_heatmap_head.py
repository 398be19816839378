"""A head that gives one map per channel, in which any number of keypoints may stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from mmengine.structures import InstanceData, PixelData
from mmpose.models.heads import BaseHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.channel_targets import mark_cells, render_channel_maps
from mmlandmark.geometry.peaks import find_peaks
from mmlandmark.models.heads.channel_layers import ChannelLayers, start_of
from mmlandmark.models.heads.channel_options import (
    check_channels,
    peak_options,
    per_channel,
    swapped_channels,
)
from mmlandmark.models.heads.channel_record import record_differences, record_of
from mmlandmark.models.heads.channel_samples import (
    check_mirrored,
    labelled_points,
    picture_instances,
    picture_mask,
    points_in_cells,
    read_meta,
)
from mmlandmark.models.heads.map_resolution import Size, map_size, map_stride
from mmlandmark.models.heads.plain_checkpoint import refuse_misfits
from mmlandmark.models.heads.schema_record import SchemaRecord
from mmlandmark.models.losses.channel_base import ChannelMapLoss, channel_losses

Features = Tensor | Sequence[Tensor]
BATCH_NORM = dict(type='BN')


@MODELS.register_module()
class ChannelHeatmapHead(BaseHead):
    """One map per channel, trained on the maximum over Gaussians around its keypoints.

    Coordinates are measured from the corner of a picture: the first pixel covers 0 to 1. The map of
    an input is as large as the input times the resolution, rounded up, and cells that lie in the
    padding of a batch have no part in the loss or the peaks.

    Args:
        in_channels: Channels of the features.
        channels: Names of the channels, in the order of the maps.
        sigma: Standard deviation of the Gaussians in pixels of the input; one, or channel -> its
            own.
        resolution: Cells of the maps per pixel of the input: 1, 0.5, 0.25 or another 1 / n.
            Finer features are averaged, coarser ones make maps that are enlarged (bilinear).
        loss: Config of a ``ChannelMapLoss``; ``ChannelBCELoss`` by default.
        peaks: Options of ``find_peaks``: ``threshold`` (also channel -> value), ``relative``,
            ``min_distance`` in cells, ``top_k``, ``refine``.
        in_index: Which of several feature maps is used.
        in_stride: Pixels of the input per cell of the features. By default it is a power of two,
            read from inputs that divide by it, or what a backbone of ours says.
        deconv_channels: Widths of deconvolutions before the last layer; each doubles the features.
        norm_cfg: Norm layers after them.
        prior: Score that an untrained head gives nearly everywhere. It has to be small, or the
            first steps of training do nothing but blank the maps.
        flip_channels: Pairs of channels that swap in a mirror image, for the flip test.
        init_cfg: MMEngine's initialisation config.

    Raises:
        LandmarkError: A channel, an option or a number is not as expected.
    """

    def __init__(
        self,
        in_channels: int,
        channels: Sequence[str],
        sigma: float | Mapping[str, float] = 2.0,
        resolution: float = 1.0,
        loss: dict | None = None,
        peaks: Mapping[str, Any] | None = None,
        in_index: int = -1,
        in_stride: int | None = None,
        deconv_channels: Sequence[int] = (),
        norm_cfg: dict = BATCH_NORM,
        prior: float = 0.01,
        flip_channels: Sequence[Sequence[str]] = (),
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.channels = check_channels(channels, self._where)
        self.sigma = per_channel(sigma, self.channels, f'{self._where}: sigma')
        if min(self.sigma) <= 0:
            raise LandmarkError(f'{self._where}: sigma is {sigma!r}, expected more than 0')
        self.stride = map_stride(resolution, self._where)
        self.peaks = peak_options(peaks or {}, self.channels, self._where)
        self.partners = swapped_channels(flip_channels, self.channels, self._where)
        self.loss_module = MODELS.build(loss or dict(type='ChannelBCELoss'))
        if not isinstance(self.loss_module, ChannelMapLoss):
            raise LandmarkError(
                f'{self._where}: the loss is {type(self.loss_module).__name__}; expected '
                'ChannelBCELoss, ChannelFocalLoss, ChannelMSELoss or another ChannelMapLoss'
            )
        self.in_index = in_index
        widths = (in_channels, *deconv_channels)
        record = record_of(self.channels, self.loss_module.sigmoid, widths)
        # first, so that it is compared before any weight of a checkpoint is taken over
        self.schema_record = SchemaRecord(record, partial(record_differences, record), self._points)
        self._register_load_state_dict_pre_hook(self._refuse_misfits)
        self.layers = ChannelLayers(
            in_channels,
            len(self.channels),
            self.stride,
            in_stride,
            deconv_channels,
            norm_cfg,
            start_of(prior, self.loss_module.sigmoid, self._where),
            self._where,
        )

    @property
    def _where(self) -> str:
        return type(self).__name__

    @property
    def _points(self) -> str:
        return f'the channels {", ".join(self.channels)}'

    def forward(self, feats: Features, input_shape: Size) -> Tensor:
        """Return what becomes scores, (B, C, h, w) float32, before any sigmoid.

        Args:
            feats: Feature maps (B, C, h, w), one or several.
            input_shape: Height and width of the input that they are made of.

        Raises:
            LandmarkError: Their size or number of channels does not fit.
        """
        if not isinstance(feats, Tensor):
            if not -len(feats) <= self.in_index < len(feats):
                raise LandmarkError(
                    f'{self._where}: in_index is {self.in_index}, and there are {len(feats)} '
                    'feature maps; out_indices of the backbone says which'
                )
            feats = feats[self.in_index]
        return self.layers(feats, input_shape)

    def targets(self, samples: Sequence[PoseDataSample], size: Size) -> Tensor:
        """Return the target maps of a batch, (B, C, h, w) float32.

        Args:
            samples: With their labels in ``gt_instances``.
            size: Height and width of the maps.
        """
        points, maps = labelled_points(samples, self.channels, self._where)
        return self._render(points, maps, (len(samples), len(self.channels), *size))

    def loss(
        self,
        feats: Features,
        batch_data_samples: Sequence[PoseDataSample],
        train_cfg: Mapping[str, Any] | None = None,
    ) -> dict[str, Tensor]:
        """Return ``loss``, which is optimised, and ``excess/CHANNEL`` of each, to look at.

        Excess is how far a channel is from perfect, which is 0: the loss per cell inside a picture
        (per keypoint of an average channel with ``ChannelFocalLoss``), minus the entropy of the
        targets. ``loss`` is the mean over channels. All count what all processes have.

        Args:
            feats: Feature maps (B, C, h, w), one or several.
            batch_data_samples: One per image, as ``PackChannelInputs`` makes them.
            train_cfg: Not looked at.

        Raises:
            LandmarkError: A sample lacks labels or has other channels; names the sample.
        """
        samples = batch_data_samples
        outputs = self.forward(feats, self._input_shape(samples))
        shape, size = tuple(outputs.shape), tuple(outputs.shape[-2:])
        points, maps = labelled_points(samples, self.channels, self._where)
        mask = picture_mask(samples, size, self.stride, self._where, outputs.device)
        everywhere = len(samples) * size[0] * size[1]
        cells = outputs.new_full((), everywhere) if mask is None else mask.sum()
        centres, count = None, cells.float()
        if self.loss_module.per == 'keypoints':
            inside = points_in_cells(points, maps, samples, self._where)
            centres = mark_cells(inside, maps, shape, self.stride)
            kept = centres if mask is None else centres & mask[:, None]
            count = kept.sum().float() / len(self.channels)
        targets = self._render(points, maps, shape)
        sums = self.loss_module(outputs, targets, mask, centres)
        return channel_losses(sums, count, self.channels)

    def predict(
        self,
        feats: Any,
        batch_data_samples: Sequence[PoseDataSample],
        test_cfg: Mapping[str, Any] | None = None,
    ) -> list[InstanceData] | tuple[list[InstanceData], list[PixelData]]:
        """Find the keypoints of each picture.

        Args:
            feats: Feature maps (B, C, h, w), one or several; a list of two such, of the inputs and
                of their mirror images, with ``test_cfg['flip_test']``.
            batch_data_samples: One per image, with ``img_shape``, ``to_picture`` and
                ``channel_names``.
            test_cfg: With ``flip_test`` the scores of both are averaged. ``peaks`` has options that
                take the place of the head's. With ``output_heatmaps`` the scores are given too.

        Returns:
            Of each picture ``points`` (P, 2), x and y in its own pixels, ``channels`` (P,) and
            ``scores`` (P,), sorted by channel and falling score; channels count in the sample's
            ``channel_names``. And, where asked for, ``heatmaps`` (C, h, w) of each in the order of
            the head, on the CPU, without the padding of the batch.

        Raises:
            LandmarkError: An option of the peaks is unknown, a map is not finite, or a sample is of
                other channels.
        """
        samples, test_cfg = batch_data_samples, test_cfg or {}
        shape = self._input_shape(samples)
        maps = self._scores(feats, samples, shape, bool(test_cfg.get('flip_test', False)))
        given = peak_options(test_cfg.get('peaks') or {}, self.channels, self._where)
        mask = picture_mask(samples, maps.shape[-2:], self.stride, self._where, maps.device)
        peaks = find_peaks(maps, mask=mask, **{**self.peaks, **given})
        found = picture_instances(peaks, samples, self.channels, self.stride, self._where)
        if not test_cfg.get('output_heatmaps', False):
            return found
        return found, self._shown(maps, samples)

    def _scores(
        self, feats: Any, samples: Sequence[PoseDataSample], input_shape: Size, flip_test: bool
    ) -> Tensor:
        """Return scores (B, C, h, w)."""
        if not flip_test:
            return self.loss_module.score(self.forward(feats, input_shape))
        check_mirrored(samples, self.channels, self.partners, self._where)
        if input_shape[1] % self.stride:
            raise LandmarkError(
                f'{self._where}: flip_test with inputs {input_shape[1]} wide and maps of '
                f'resolution 1/{self.stride}; expected a multiple of {self.stride}: set '
                'pad_size_divisor of the data preprocessor'
            )
        plain, mirrored = (self.loss_module.score(self.forward(f, input_shape)) for f in feats)
        return (plain + mirrored.flip(-1)[:, self.partners]) / 2

    def _render(self, points: Tensor, maps: Tensor, shape: tuple[int, int, int, int]) -> Tensor:
        sigma = [value / self.stride for value in self.sigma]
        return render_channel_maps(points, maps, shape, sigma, self.stride)

    def _shown(self, maps: Tensor, samples: Sequence[PoseDataSample]) -> list[PixelData]:
        sizes = [map_size(sample.img_shape[:2], self.stride) for sample in samples]
        whole = maps.detach().cpu()
        return [
            PixelData(heatmaps=one[:, :height, :width].clone())
            for one, (height, width) in zip(whole, sizes, strict=True)
        ]

    def _input_shape(self, samples: Sequence[PoseDataSample]) -> Size:
        return tuple(read_meta(samples[:1], 'batch_input_shape', self._where)[0])

    def _refuse_misfits(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        refuse_misfits(self, self._points, state_dict, prefix)
