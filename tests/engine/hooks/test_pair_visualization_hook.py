"""Pictures that testing a converter leaves, with a real runner on a tiny pair file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import cv2  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from pair_batches import SOURCE, TARGET, write_pairs  # noqa: E402

PAIRS = dict(
    type='PairedKeypointDataset', source_schema=SOURCE.to_json(), target_schema=TARGET.to_json()
)
LOADER = dict(
    batch_size=7,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='packed_collate'),
)


@pytest.fixture(scope='module')
def pair_file(tmp_path_factory) -> Path:
    """Twenty pairs with file names; the picture of the first is there."""
    path = write_pairs(tmp_path_factory.mktemp('pairs') / 'pairs.json', SOURCE, TARGET)
    data = json.loads(path.read_text())
    data['annotations'] = data['annotations'][:20]
    for image in data['images']:
        image['file_name'] = f'{image["id"]}.png'
    path.write_text(json.dumps(data))
    (path.parent / 'images').mkdir()
    first = data['annotations'][0]['image_id']
    green = np.full((300, 300, 3), (0, 250, 0), np.uint8)
    cv2.imwrite(str(path.parent / 'images' / f'{first}.png'), green)
    return path


def run(pair_file: Path, work_dir: Path, part: str = 'test', **options) -> Runner:
    """Fit an affine converter, then test it or only validate it, with the hook."""
    loader = dict(LOADER, dataset=dict(PAIRS, ann_file=str(pair_file)))
    evaluator = dict(type='ConverterEvaluator', metrics=[dict(type='LandmarkMPJPE')])
    cfg = dict(
        model=dict(
            type='LandmarkConverter',
            source_schema=SOURCE.to_json(),
            target_schema=TARGET.to_json(),
            head=dict(network=dict(type='affine')),
        ),
        train_dataloader=loader,
        train_cfg=dict(type='ClosedFormTrainLoop'),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.0)),
        default_hooks=dict(
            visualization=dict(type='PairVisualizationHook', out_dir='shown', **options)
        ),
        custom_hooks=[dict(type='ConverterHook')],
        default_scope='mmpose',
        work_dir=str(work_dir),
        experiment_name=f'{work_dir.name}_{part}',
        log_level='WARNING',
    )
    cfg |= {
        f'{part}_{key}': value
        for key, value in zip(
            ('dataloader', 'evaluator', 'cfg'), (loader, evaluator, dict()), strict=True
        )
    }
    runner = Runner.from_cfg(Config(cfg))
    runner.train()
    if part == 'test':
        runner.test()
    return runner


def drawn(runner: Runner) -> list[Path]:
    return sorted(Path(runner.work_dir, runner.timestamp, 'shown').glob('*.jpg'))


def test_a_bounded_number_from_the_best_to_the_worst(pair_file, tmp_path):
    files = drawn(run(pair_file, tmp_path, enable=True, max_images=5))
    errors = [float(file.name.split('_')[2]) for file in files]
    assert len(files) == 5 and errors == sorted(errors)
    assert all(cv2.imread(str(file)).shape[1] > 3 * 480 for file in files)


def test_pictures_at_hand_are_used_and_the_others_counted(pair_file, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(
        'mmlandmark.engine.hooks.pair_visualization_hook.print_log',
        lambda message, logger: said.append(message),
    )
    files = drawn(run(pair_file, tmp_path, enable=True, max_images=50))
    assert len(files) == 20
    assert sum(_is_green(cv2.imread(str(file))) for file in files) == 1
    assert '20 pictures, 19 of them on a blank canvas' in said[-1]
    assert 'of 20 instances (0 without a point to compare)' in said[-1]


def test_interval_counts_over_batches(pair_file, tmp_path):
    assert len(drawn(run(pair_file, tmp_path, enable=True, interval=3))) == 7


def test_an_image_root_is_looked_in_alone(pair_file, tmp_path):
    files = drawn(run(pair_file, tmp_path, enable=True, image_root=str(tmp_path)))
    assert files and not any(_is_green(cv2.imread(str(file))) for file in files)


def test_validation_draws_with_the_epoch_and_switched_off_nothing_is_drawn(pair_file, tmp_path):
    files = drawn(run(pair_file, tmp_path / 'on', part='val', enable=True, max_images=2))
    assert [file.name.split('_0')[0] for file in files] == ['epoch_1', 'epoch_1']
    assert drawn(run(pair_file, tmp_path / 'off')) == []


def _is_green(picture: np.ndarray) -> bool:
    blue, green, red = (picture[..., i].astype(int) for i in range(3))
    return bool(((green > 200) & (blue < 60) & (red < 60)).mean() > 0.1)
