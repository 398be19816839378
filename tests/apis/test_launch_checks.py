"""What is looked at before training and testing start, and how errors are said."""

import argparse
from types import SimpleNamespace

import pytest

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from mmpose.registry import METRICS, PARAM_SCHEDULERS  # noqa: E402
from torch import zeros  # noqa: E402
from torch.nn import Parameter  # noqa: E402
from torch.optim import SGD  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

from mmlandmark.apis import launch  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402


def runner(
    samples=10, batch=2, drop_last=False, world_size=1, val=4, takes_steps=True, **train_cfg
):
    return SimpleNamespace(
        cfg=Config(dict(train_cfg=train_cfg)),
        train_dataloader=DataLoader(range(samples), batch_size=batch, drop_last=drop_last)
        if samples
        else SimpleNamespace(dataset=[], batch_size=batch),
        world_size=world_size,
        model=None,
        test_loop=object(),
        train_loop=SimpleNamespace(takes_steps=takes_steps),
        val_loop=object() if val is not None else None,
        val_dataloader=SimpleNamespace(dataset=range(val or 0), sampler=None),
        test_dataloader=SimpleNamespace(dataset=range(val or 0), sampler=None),
        register_hook=lambda hook: None,
    )


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(max_epochs=0), 'train_cfg.max_epochs is 0'),
        (dict(max_iters=-1), 'train_cfg.max_iters is -1'),
        (dict(max_iters='many'), "train_cfg.max_iters is 'many'; expected at least 1"),
        (dict(samples=0), 'train_dataloader: the data set has no samples'),
        (dict(batch=11), 'batch_size=11 is larger than the training set of 10 samples'),
        (dict(batch=6, world_size=2), 'batch_size=6 on each of 2 processes is larger'),
        (dict(val=0), 'val_dataloader: the data set has no samples'),
    ],
)
def test_a_training_that_cannot_be_is_refused(settings, message):
    with pytest.raises(LandmarkError, match=message):
        launch.check_training(runner(**settings))


@pytest.mark.parametrize(
    'settings',
    [
        dict(max_epochs=1),
        dict(batch=10, drop_last=True),
        dict(val=None),
        dict(batch=11, drop_last=True, takes_steps=False),  # a closed form needs no batch
    ],
)
def test_a_training_that_can_be_passes(settings):
    launch.check_training(runner(**settings))


def test_an_empty_test_set_is_refused():
    launch.check_testing(runner())
    with pytest.raises(LandmarkError, match='test_dataloader'):
        launch.check_testing(runner(val=0))


def test_a_missing_hook_is_named():
    args = argparse.Namespace(show=False, show_dir='x', wait_time=1, interval=2)
    with pytest.raises(LandmarkError, match="no 'visualization'.*PoseVisualizationHook"):
        launch.set_visualization(Config(dict(default_hooks=dict())), args, show=False)
    cfg = Config(dict(default_hooks=dict(visualization=dict(type='PoseVisualizationHook'))))
    launch.set_visualization(cfg, args, show=False)
    hook = cfg.default_hooks.visualization
    assert (hook.enable, hook.show, hook.out_dir, hook.interval) == (True, False, 'x', 2)


def test_a_wrapped_error_is_said_as_it_was(capsys):
    """MMEngine's registries raise a copy that begins with the place in the code."""

    def main(args):
        try:
            raise LandmarkError('a.json: annotation 3:\nexpected 17 keypoints')
        except LandmarkError as error:
            raise LandmarkError(f'class `X` in x.py: {error}')  # noqa: B904

    assert launch.run(main, argparse.Namespace(debug=False)) == 2
    assert capsys.readouterr().err == 'error: a.json: annotation 3: expected 17 keypoints\n'

    def more(args):
        try:
            main(args)
        except LandmarkError as error:
            raise LandmarkError('data set c: a.json is bad') from error

    assert launch.run(more, argparse.Namespace(debug=False)) == 2
    assert capsys.readouterr().err == 'error: data set c: a.json is bad\n'
    with pytest.raises(LandmarkError):
        launch.run(main, argparse.Namespace(debug=True))


def test_a_value_that_a_class_of_a_config_refuses_is_one_line(capsys):
    def main(args):
        optimizer = SGD([Parameter(zeros(1))], lr=0.1)
        PARAM_SCHEDULERS.build(dict(type='LinearLR', optimizer=optimizer, begin=4, end=4))

    assert launch.run(main, argparse.Namespace(debug=False)) == 2
    told = capsys.readouterr().err
    assert told == 'error: LinearLR: end should be larger than begin, but got begin=4, end=4\n'


def test_an_option_that_a_loop_does_not_have_is_one_line(capsys):
    def main(args):
        made = SimpleNamespace(train_dataloader=[], _train_dataloader=None)
        Runner.build_train_loop(made, dict(by_epoch=False, max_iters=1, val_intervall=1))

    assert launch.run(main, argparse.Namespace(debug=False)) == 2
    told = capsys.readouterr().err
    assert told.startswith('error: ') and "'val_intervall'" in told and told.count('\n') == 1


DEFECTS = [ZeroDivisionError, TypeError('None + 1'), KeyError('inputs'), ValueError('shapes')]


@pytest.mark.parametrize('defect', DEFECTS)
def test_a_defect_keeps_its_traceback(defect):
    def main(args):
        raise defect

    with pytest.raises(defect if isinstance(defect, type) else type(defect)):
        launch.run(main, argparse.Namespace(debug=False))


@pytest.mark.parametrize(
    ('config', 'words'),
    [
        (dict(type='LandmarkNME', norm='bbox', labl='x'), ['LandmarkMetric', "argument 'labl'"]),
        (dict(type='LandmarkNME'), ['LandmarkNME', "argument: 'norm'"]),
        (dict(type='LandmarkNMR'), ['LandmarkNMR is not in the', 'registry']),
        (dict(norm='bbox'), ['must contain the key "type"', "'norm': 'bbox'"]),
    ],
)
def test_what_a_config_spells_wrongly_is_one_line(config, words, capsys):
    def main(args):
        METRICS.build(config)

    assert launch.run(main, argparse.Namespace(debug=False)) == 2
    told = capsys.readouterr().err
    assert told.startswith('error: ') and told.count('\n') == 1
    assert all(word in told for word in words)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (None, 'gone.py: no such config file'),
        ("_base_ = './nowhere.py'", 'gone.py: .*nowhere.py'),
    ],
)
def test_a_config_that_cannot_be_read_is_named(tmp_path, monkeypatch, content, message):
    monkeypatch.setenv('LOCAL_RANK', '0')
    path = tmp_path / 'gone.py'
    if content:
        path.write_text(content)
    args = argparse.Namespace(config=str(path), launcher='none', work_dir=None, local_rank=0)
    with pytest.raises(LandmarkError, match=message):
        launch.load_config(args)


def test_the_work_dir_defaults_to_the_name_of_the_config(tmp_path, monkeypatch):
    monkeypatch.setenv('LOCAL_RANK', '0')
    path = tmp_path / 'mine.py'
    path.write_text("model = dict(type='None')")
    args = argparse.Namespace(config=str(path), launcher='none', work_dir=None, local_rank=0)
    assert launch.load_config(args).work_dir == 'work_dirs/mine'
    args.work_dir = 'elsewhere'
    assert launch.load_config(args).work_dir == 'elsewhere'
