"""A test run that writes a union model's predictions over a training set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from mmlandmark.errors import LandmarkError, nearest

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def write_pseudo_labels_instead(
    cfg: Any, out_file: str, loader: str = 'train_dataloader', *, overwrite: bool = False
) -> None:
    """Change a config so that a test writes the predictions over one of its loaders.

    The data sets of the loader are read in order, without augmentation: by the pipeline of the
    validation set, of the same name where there are several.

    Args:
        cfg: The config of the model; changed in place.
        out_file: The file to write.
        loader: The loader whose data sets are predicted.
        overwrite: Replace a file that exists.

    Raises:
        LandmarkError: No such loader, or no pipeline for prediction in the config.
    """
    if loader not in LOADERS or cfg.get(loader) is None:
        raise LandmarkError(f'the config has no {loader!r}{nearest(loader, LOADERS)}')
    chosen = deepcopy(cfg[loader])
    for name, member in _members(chosen['dataset']):
        member['pipeline'] = deepcopy(_pipeline(cfg, name))
        member['test_mode'] = True
    chosen['dataset'].pop('replay', None)
    cfg.test_dataloader = {
        'batch_size': (cfg.get('val_dataloader') or chosen)['batch_size'],
        'num_workers': chosen.get('num_workers', 0),
        'sampler': {'type': 'DefaultSampler', 'shuffle': False, 'round_up': False},
        'dataset': chosen['dataset'],
    }
    cfg.test_evaluator = [
        {'type': 'PseudoLabelDump', 'out_file': str(out_file), 'overwrite': overwrite}
    ]
    cfg.test_cfg = cfg.get('test_cfg') or {}
    settings = dict(cfg.model.get('test_cfg') or {})
    cfg.model.test_cfg = {**settings, 'target_schema': 'union'}
    # the weights and data of a training are not needed
    for part in ('train', 'val'):
        cfg[f'{part}_dataloader'] = cfg[f'{part}_cfg'] = None
    cfg.val_evaluator = cfg.optim_wrapper = cfg.param_scheduler = None


def _members(dataset: Any) -> Iterator[tuple[str | None, Any]]:
    """The configs of data sets in a data set, with their names where they are several."""
    if isinstance(dataset.get('datasets'), Mapping):
        yield from dataset['datasets'].items()
    else:
        yield None, dataset


def _pipeline(cfg: Any, name: str | None) -> list:
    """The pipeline by which the config predicts a data set of that name, else any."""
    found = {}
    for loader in reversed(LOADERS[1:]):
        if cfg.get(loader) is not None:
            found.update(
                {n: m['pipeline'] for n, m in _members(cfg[loader]['dataset']) if m.get('pipeline')}
            )
    if not found:
        raise LandmarkError(
            'the config has no validation or test set, whose pipeline predictions would need'
        )
    return found.get(name, next(iter(found.values())))
