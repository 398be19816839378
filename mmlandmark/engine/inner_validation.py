"""Are there enough pairs for a network, or is the affine model the better choice?"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmlandmark.models.estimators import LandmarkConverter


@dataclass(frozen=True)
class InnerValidation:
    """How the comparison is run.

    Args:
        max_pairs: With more training pairs the network is trusted without a comparison.
        folds: Parts that are held out in turn; instances of one picture stay together.
        steps: Optimiser steps of each trial.
        batch_size: Pairs a step.
        lr: Largest learning rate of a trial, reached at its start and annealed to zero.
        seed: Seed of the trials; the caller's random state is left as it was.
    """

    max_pairs: int = 2000
    folds: int = 4
    steps: int = 400
    batch_size: int = 128
    lr: float = 2e-3
    seed: int = 0


@dataclass(frozen=True)
class Comparison:
    """Held-out distances of both models, mean over pairs, in units of an instance's size.

    Args:
        network: Of the network.
        affine: Of the affine base.
        standard_error: Of their paired difference.
        num_pairs: Pairs held out in turn.
    """

    network: float
    affine: float
    standard_error: float
    num_pairs: int

    @property
    def network_wins(self) -> bool:
        """Whether the network is better by more than one standard error."""
        return self.affine - self.network > self.standard_error

    def __str__(self) -> str:
        verdict = 'the network is used' if self.network_wins else 'the affine model stands alone'
        return (
            f'Inner cross-validation on {self.num_pairs} pairs: network {self.network:.4f}, affine '
            f'{self.affine:.4f} (+- {self.standard_error:.4f}) of the instance size; {verdict}'
        )


def compare_with_affine(
    model: LandmarkConverter, arrays: dict[str, dict[str, Tensor]], options: InnerValidation
) -> Comparison:
    """Train the model's own configuration on parts of the pairs and test it on the rest.

    Args:
        model: The model; copies of it are trained, it stays as it is.
        arrays: All training pairs, as ``PairedKeypointDataset.arrays()``.
        options: How.
    """
    groups = arrays['data_samples']['img_ids'].cpu().numpy()
    fold = _folds(groups, options)
    differences = []
    device = next(model.parameters()).device
    with torch.random.fork_rng([device] if device.type == 'cuda' else []):
        torch.manual_seed(options.seed)
        for held_out in range(options.folds):
            inside, outside = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
            if len(inside) and len(outside):
                trial = _train(model, _take(arrays, inside), options)
                differences.append(_errors(trial, _take(arrays, outside)))
    network, affine = torch.cat(differences, dim=1).double()
    gain = affine - network
    error = float(gain.std() / max(len(gain), 1) ** 0.5) if len(gain) > 1 else float('inf')
    return Comparison(float(network.mean()), float(affine.mean()), error, len(gain))


def _folds(groups: np.ndarray, options: InnerValidation) -> np.ndarray:
    """Return the part (N,) of each pair; one group's pairs are in one part.

    With fewer groups than folds each pair is a group of its own, as nothing else is left.
    """
    values, member = np.unique(groups, return_inverse=True)
    if len(values) < options.folds:
        values, member = np.arange(len(groups)), np.arange(len(groups))
    order = np.random.default_rng(options.seed).permutation(len(values))
    return (order % options.folds)[member]


def _take(arrays: dict[str, dict[str, Tensor]], rows: np.ndarray) -> dict[str, dict[str, Tensor]]:
    chosen = torch.as_tensor(rows)
    return {part: {k: v[chosen] for k, v in fields.items()} for part, fields in arrays.items()}


def _train(
    model: LandmarkConverter, arrays: dict[str, dict[str, Tensor]], options: InnerValidation
) -> LandmarkConverter:
    trial = copy.deepcopy(model).train()
    converter = trial.head.converter
    data = trial.data_preprocessor(arrays, training=False)
    inputs, samples = data['inputs'], data['data_samples']
    converter.fit(
        inputs['keypoints'],
        inputs['keypoints_visible'],
        samples['keypoints'],
        samples['keypoints_visible'],
        inputs['bboxes'],
    )
    parameters = [p for p in trial.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=options.lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.steps)
    num_pairs = len(arrays['data_samples']['ids'])
    for _ in range(options.steps):
        rows = torch.randint(num_pairs, (min(options.batch_size, num_pairs),))
        batch = trial.data_preprocessor(_take(arrays, rows.numpy()), training=True)
        loss = trial(**batch, mode='loss')['loss_kpt']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return trial.eval()


@torch.no_grad()
def _errors(trial: LandmarkConverter, arrays: dict[str, dict[str, Tensor]]) -> Tensor:
    """Return the mean distance of each held-out pair, network and affine, (2, N)."""
    data = trial.data_preprocessor(arrays, training=False)
    inputs, samples = data['inputs'], data['data_samples']
    converter, unit = trial.head.converter, inputs['unit'][:, None]
    supervised = samples['keypoints_visible'] > 0
    count = supervised.sum(1).clamp(min=1)
    points = inputs['keypoints'], inputs['keypoints_visible'], inputs['bboxes']
    errors = []
    for predicted in (trial(inputs, mode='tensor'), converter.affine(*points)):
        distance = (predicted - samples['keypoints']).square().sum(-1).sqrt() / unit
        errors.append(torch.where(supervised, distance, 0.0).sum(1) / count)
    return torch.stack(errors)[:, supervised.any(1)].cpu()
