"""The benchmark of a training step runs, and its rivals see the same. No timing is asserted."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

pytest.importorskip('mmpose')
FOLDER = Path(__file__).resolve().parents[2] / 'tools' / 'analysis'


@pytest.fixture(scope='module')
def cases():
    """The script's models and options."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(FOLDER))
        from mmengine.registry import init_default_scope

        init_default_scope('mmpose')
        yield importlib.import_module('training_cases')


@pytest.fixture(scope='module')
def folder(cases, tmp_path_factory):
    """Two drawn pictures."""
    path = tmp_path_factory.mktemp('pictures')
    cases.draw_pictures(path, (96, 80), 0.6, 2)
    return path


@pytest.mark.parametrize('options', [(), ('targets', 'accuracy', 'packed', 'decode', 'fused')])
def test_a_profile_has_the_whole_step(cases, folder, options):
    from training_profile import PARTS, Profile

    way = cases.Way('RTMPose-t', options, folder, 64, 2, 'cpu')
    before = way.model.head.final_layer.weight.detach().clone()
    profile = Profile(way)
    found = profile.of_step()
    assert tuple(found) == PARTS and all(value >= 0 for value in found.values())
    busy = {'loader: picture', 'loader: target', 'backbone', 'head', 'backward', 'optimiser'}
    assert all(found[part] > 0 for part in busy)
    assert (found['accuracy'] > 0) == (not options)  # of every 50th step only
    assert not way.model.head.final_layer.weight.equal(before)
    assert 'forward' not in vars(way.model.head)  # nothing stays patched


def test_rivals_train_on_the_same_points(cases, folder):
    """What ours has as coordinates is where the stock targets peak."""
    stock, ours = (cases.Way('MobileNetV2', o, folder, 64, 2, 'cpu') for o in ((), ('targets',)))
    for way in (stock, ours):
        steps = way.dataset.pipeline.transforms
        chance = ('RandomFlip', 'RandomBBoxTransform')
        way.dataset.pipeline.transforms = [s for s in steps if type(s).__name__ not in chance]
    one, other = stock.batch()['data_samples'][0], ours.batch()['data_samples'][0]
    points = other.gt_instance_labels.input_keypoints[0] / 4
    inside = ((points > 1) & (points < 14)).all(-1)
    assert inside.sum() > 40
    maps = one.gt_fields.heatmaps[inside]
    peaks = maps.flatten(1).argmax(1)
    found = (points[inside] + 0.5).long()
    assert (found[:, 0] == peaks % 16).all() and (found[:, 1] == peaks // 16).all()


def test_growth_keeps_the_batch(cases):
    from training_growth import Step

    saved = {}
    for datasets in (1, 7):
        step = Step('UnionHeatmapHead', 5, datasets, 'cpu')
        step()
        saved[datasets], _ = step.memory()
    assert saved[7] < 1.5 * saved[1]
    assert Step('UnionHeatmapHead', 50, 1, 'cpu').memory()[0] > 2 * saved[1]
