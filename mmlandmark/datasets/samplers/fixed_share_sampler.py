"""Batches with a fixed number of samples of every data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from mmengine.logging import print_log
from mmpose.registry import DATA_SAMPLERS
from torch.utils.data import Dataset, Sampler

from mmlandmark.datasets.multi_keypoints import MultiKeypointDataset
from mmlandmark.datasets.samplers.shares import EpochPlan, batch_counts
from mmlandmark.datasets.seeding import SampleIndex
from mmlandmark.errors import LandmarkError


@DATA_SAMPLERS.register_module()
class FixedShareSampler(Sampler[int]):
    """Every full batch has the same number of samples of each data set.

    An epoch takes every sample of the largest data set exactly once over all processes; its last
    batch is shorter rather than filled up. The other sets go through fresh permutations without
    end, from epoch to epoch, so that their samples are seen equally often (to one). All follows
    from seed, epoch and process, so a resumed training sees the same batches. The samples carry
    seeds from which `MultiKeypointDataset` augments them.

    Args:
        dataset: A `MultiKeypointDataset`.
        batch_size: The data loader's: samples of one batch of one process.
        shares: Data set -> its share of a batch, in any unit; rounded by largest remainder.
        seed: The runner's seed by default; without one drawn for all processes.

    Raises:
        LandmarkError: Another data set class; a share that is missing, unknown, not above 0 or
            rounded to 0; an empty data set.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        shares: Mapping[str, float],
        seed: int | None = None,
    ) -> None:
        if not isinstance(dataset, MultiKeypointDataset):
            raise LandmarkError(
                f'FixedShareSampler needs a MultiKeypointDataset, found {type(dataset).__name__}'
            )
        self.rank, world_size = get_dist_info()
        self.batch_size = batch_size
        self.counts = batch_counts(batch_size, shares, dataset.lens)
        self.plan = EpochPlan(dataset.lens, self.counts, world_size)
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        print_log(self._summary(), logger='current')

    def __len__(self) -> int:
        return self.plan.length(self.rank)

    def __iter__(self) -> Iterator[SampleIndex]:
        indices = self.plan.indices(self.epoch, self.rank, self.seed)
        rng = np.random.default_rng([self.seed, self.epoch, self.rank])
        seeds = rng.integers(2**32, size=len(indices))
        return map(SampleIndex, indices.tolist(), seeds.tolist())

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration gives."""
        self.epoch = epoch

    def check_batch_size(self, batch_size: int | None) -> None:
        """Compare with the data loader's batch size.

        Raises:
            LandmarkError: They differ, so that batches would not have the shares.
        """
        if batch_size != self.batch_size:
            raise LandmarkError(
                f'sampler.batch_size is {self.batch_size}, the data loader takes {batch_size}; '
                'expected the same'
            )

    def _summary(self) -> str:
        plan = self.plan
        batch = ', '.join(f'{count} {name}' for name, count in self.counts.items())
        seen = ', '.join(
            f'{name} {plan.used[name] / size:.3g}x' for name, size in plan.sizes.items()
        )
        batches = plan.full_batches + bool(plan.left_over)
        return (
            f'a batch of {self.batch_size}: {batch}; an epoch: {batches} batches a process, {seen}'
        )
