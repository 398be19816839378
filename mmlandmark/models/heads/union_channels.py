"""Where the points of a union's members stand in the output of a head, as indices on its device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mmlandmark.models.heads.supervision import Labels
from mmlandmark.schemas import SchemaUnion

Outputs = Tensor | tuple[Tensor, Tensor]
"""Maps (B, C * M, H, W), or SimCC's vectors (B, C, Wx) and (B, C, Wy)."""

Group = tuple[str, str]
"""A data set, and the member (or ``union``) that its samples are labelled in."""


class UnionChannels:
    """Indices into the output of a head over the channels of a union.

    A row is one channel of one sample, as in ``keypoint_rows``.

    Args:
        union: The union.
    """

    def __init__(self, union: SchemaUnion) -> None:
        self.union = union
        self._indices: dict[tuple[str, bool, torch.device], Tensor] = {}

    def indices(self, member: str, device: torch.device, absent: bool = False) -> Tensor:
        """Return the channels of a member (or ``union``), (K,) int64; kept on the device.

        Args:
            member: The member.
            device: Where the result is wanted.
            absent: The channels that the member has no point for instead, in channel order.
        """
        key = (member, absent, device)
        if key not in self._indices:
            channels = self.union.channel_indices(member)
            if absent:
                channels = np.flatnonzero(~self.union.labelled(member))
            self._indices[key] = torch.as_tensor(np.array(channels), device=device)
        return self._indices[key]

    def rows(
        self,
        member: str,
        positions: Sequence[int],
        device: torch.device,
        absent: bool = False,
    ) -> Tensor:
        """Return the row of each of a member's points in some samples, (N,) int64.

        Args:
            member: The member.
            positions: Positions of the samples in the batch.
            device: Where the result is wanted.
            absent: The rows of channels that the member has no point for instead.
        """
        # a copy that is not waited for
        samples = torch.tensor(positions).to(device, non_blocking=True)[:, None]
        return (samples * self.union.num_channels + self.indices(member, device, absent)).flatten()

    def supervised_rows(
        self,
        groups: Mapping[Group, Sequence[int]],
        labels: Mapping[Group, Labels],
        device: torch.device,
    ) -> dict[Group, Tensor]:
        """Return the supervised rows of each group of samples, (N,) int64.

        Args:
            groups: Positions of the samples of each group.
            labels: Their labels.
            device: Where the result is wanted.
        """
        found = {}
        for group, positions in groups.items():
            table, kept = self.rows(group[1], positions, device), labels[group].index
            found[group] = table if kept is None else table[kept]
        return found

    def in_place(self, labels: Mapping[Group, Labels]) -> bool:
        """Whether the supervised rows are all rows in their order: nothing has to be gathered."""
        if len(labels) > 1:
            return False
        ((_, member), known), *_ = labels.items()
        whole = np.arange(self.union.num_channels)
        return known.index is None and np.array_equal(self.union.channel_indices(member), whole)

    def outputs(self, outputs: Outputs, member: str, positions: Sequence[int]) -> Outputs:
        """Return the output for some samples in the channels of a member, in the member's order."""
        if not isinstance(outputs, Tensor):
            return tuple(self.outputs(part, member, positions) for part in outputs)
        channels = self.indices(member, outputs.device)
        samples = torch.as_tensor(positions, device=outputs.device)[:, None]
        maps = outputs.unflatten(1, (self.union.num_channels, -1))
        return maps[samples, channels].flatten(1, 2)
