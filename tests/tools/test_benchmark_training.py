"""The benchmark of a training step runs, and its rivals see the same. No timing is asserted."""

from __future__ import annotations

import importlib
import time
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip('mmpose')
from processes import run_tool  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402

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


def test_crops_with_a_margin_train_on_the_same_points(cases, folder):
    """Augmentation on the device: without chance labels are those of the pipeline."""
    from training_options import OPTIONS

    cfg = cases.stock_config('MobileNetV2', 64)
    OPTIONS['augment'](cfg)
    kinds = [step.type for step in cfg.train_pipeline]
    assert 'CropWithMargin' in kinds and 'RandomBBoxTransform' not in kinds
    affine = cfg.model.data_preprocessor.affine
    assert affine == dict(rotate_factor=60, scale_factor=(0.75, 1.25))
    way = cases.Way('MobileNetV2', ('augment',), folder, 64, 2, 'cpu')
    batch = way.batch()
    assert batch['inputs'][0].shape[-1] > 64
    before = way.model.head.final_layer.weight.detach().clone()
    way.step(batch)
    assert not way.model.head.final_layer.weight.equal(before)


def test_a_rival_answers_from_its_own_process(cases, folder):
    from rival_process import Rival
    from training_rivals import Trainee

    class Slow:
        """A training that needs no network."""

        def batch(self):
            return 1

        def loader(self, steps, workers):
            return [workers] * steps

        def step(self, batch):
            if batch == 3:
                raise ValueError('three')

    with Rival(partial(Trainee, Slow, 1, 'process')) as rival:
        assert rival.ask('round', 2, -1).seconds >= 0
        assert rival.ask('peak_memory') > 0
        with pytest.raises(LandmarkError, match='round: ValueError: three'):
            rival.ask('round', 1, 3)
        assert rival.ask('round', 1, 0).faults >= 0  # an error does not end it
        rival._process.kill()
        rival._process.join()
        with pytest.raises(LandmarkError, match='flops: the process has ended'):
            rival.ask('flops')


def test_processes_that_wait_for_each_other_are_ended(cases):
    from scaling_processes import run_processes

    with pytest.raises(LandmarkError, match='2 processes have not ended within 1 s'):
        run_processes(_wait, (60,), 1)


MEASURING = """
import gc, runpy, sys
from pathlib import Path
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

def leave():
    held = [o for o in gc.get_objects() if isinstance(o, DistributedDataParallel)]
    print('wrappers that hold the group:', len(held), flush=True)
    end()

end, distributed.destroy_process_group = distributed.destroy_process_group, leave
tool = sys.argv.pop(1)
sys.path.insert(0, str(Path(tool).parent))
runpy.run_path(tool, run_name='__main__')
"""


def test_two_processes_are_measured_to_the_end(tmp_path):
    """In the second round too; and no process waits for its own threads when it leaves."""
    script = tmp_path / 'measure.py'
    script.write_text(MEASURING)
    options = ('--measure', '--size', 64, '--batch', 2, '--repeats', 1, '--limit', 200)
    done = run_tool(script, FOLDER / 'scaling.py', *options)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count('wrappers that hold the group: 0') == 2
    assert 'efficiency: alone / together' in done.stdout


def test_the_efficiency_is_that_of_the_medians(cases):
    from scaling_processes import summary_rows

    seconds = {'alone': [1.0, 1.0, 9.0], 'side by side': [1.25] * 3, 'together': [1.6] * 3}
    rows = summary_rows(dict(seconds=seconds | {'averaging alone': [0.5] * 3}, bytes=20e6))
    found = {row['what']: row.get('value', row.get('seconds')) for row in rows}
    assert found['together, if nothing overlaps'] == pytest.approx(1.75)
    assert found['efficiency: alone / together'] == pytest.approx(0.625)
    assert found['of it, sharing: alone / side by side'] == pytest.approx(0.8)
    assert found['of it, averaging: side by side / together'] == pytest.approx(0.78125)
    assert found['rate of the ring, MB/s'] == pytest.approx(40)


def test_growth_keeps_the_batch(cases):
    from training_growth import Step

    saved = {}
    for datasets in (1, 7):
        step = Step('UnionHeatmapHead', 5, datasets, 'cpu')
        step()
        saved[datasets], _ = step.memory()
    assert saved[7] < 1.5 * saved[1]
    assert Step('UnionHeatmapHead', 50, 1, 'cpu').memory()[0] > 2 * saved[1]


def test_the_terms_of_a_curve_are_found(cases):
    from training_growth import TERMS, fitted

    sizes = [(k, d) for k in (17, 68, 133, 600) for d in (1, 3, 14)]
    factors = (2.0, 0.5, 0.0, 3.0, 0.01)
    values = [2 + 0.5 * k + 3 * d + 0.01 * k * d for k, d in sizes]
    found, error = fitted(sizes, values)
    assert found == pytest.approx(dict(zip(TERMS, factors, strict=True)), abs=1e-6)
    assert error < 1e-6


def _wait(rank: int, seconds: float) -> None:
    time.sleep(seconds)
