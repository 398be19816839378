"""The examples of docs/datasets.md are true."""

import contextlib
import io
import re
import timeit

import numpy as np
import pytest
from doc_blocks import Page
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpose.registry import DATASETS

from datasets.picture_sets import PIPELINE
from mmlandmark.annotations.pair_split import Part, split_pairs
from mmlandmark.annotations.pseudo_labels import PseudoLabels, write_pseudo_labels
from mmlandmark.schemas import get_union

PAGE = Page('docs/datasets.md')


@pytest.fixture
def examples(shared_data, tmp_path, monkeypatch):
    """What the Python of the guide defines, run in a folder that has its files."""
    init_default_scope('mmpose')
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data').mkdir()
    for name in ('coco', 'mpii', 'aic'):
        (tmp_path / 'data' / name).symlink_to(shared_data / 'mmpose_samples' / name)
    faces = tmp_path / 'data' / 'faces'
    faces.mkdir()
    (faces / 'images').symlink_to(shared_data / 'face68_face48' / 'images')
    pairs = shared_data / 'face68_face48' / 'val.json'
    split_pairs(pairs, faces, [Part('train68', 0.5, 'source'), Part('train48', 0.5, 'target')])
    names = {'train_pipeline': PIPELINE}
    for block in PAGE.python:
        block.run(names)
    return names


def test_the_coco_file_of_the_guide_is_read(examples):
    sample = DATASETS.build(examples['faces68'])[0]['data_samples']
    assert sample.gt_instances.keypoints.shape == (1, 68, 2)


def test_the_mixed_loader_of_the_guide_gives_batches_and_the_log_it_shows(examples, monkeypatch):
    channels = get_union('union21').schema.keypoints
    labels = PseudoLabels(
        np.arange(5), np.full((5, 21, 2), 9.0), np.tile(np.linspace(0, 1, 21), (5, 1))
    )
    write_pseudo_labels('pseudo.json', 'union21', channels, {'mpii': labels})
    lines = []
    where = 'mmlandmark.datasets.samplers.fixed_share_sampler.print_log'
    monkeypatch.setattr(where, lambda message, **_: lines.append(message))
    loader = Runner.build_dataloader(
        examples['train_dataloader'], seed=examples['randomness']['seed']
    )
    batch = next(iter(loader))['data_samples']
    found = [(s.dataset_name, s.gt_fields.heatmaps.shape[0], s.get('label_schema')) for s in batch]
    assert found == 3 * [('coco', 17, None)] + 2 * [('mpii', 21, 'union')] + [('aic', 14, None)]
    assert PAGE.one('', having='an epoch').take() == f'{lines[0]}\n'


def test_the_split_of_the_guide_is_what_the_command_prints(shared_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'faces').symlink_to(shared_data / 'face68_face48')
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        (command,) = PAGE.commands('split_pairs.py')
        assert command.run() == 0
    printed = re.sub('[│┃ ]+', ' ', said.getvalue())
    shown = re.sub('[│┃ ]+', ' ', PAGE.one('', having='train68.json').take())
    for line in shown.splitlines():
        assert line.strip() in printed


def test_the_timed_python_runs(tmp_path, monkeypatch, capsys):
    commands = PAGE.commands('timeit')
    assert len(commands) == 2
    for command in commands:
        python, m, module, *words = command.take()
        assert (python, m, module) == ('python', '-m', 'timeit')
        assert timeit.main(['-n', '1', '-r', '1', *words]) is None
