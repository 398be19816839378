"""Shipped configs run on small pairs, and what their converters do without some sources."""

from __future__ import annotations

import json

import pytest

pytest.importorskip('mmpose')
from pair_batches import write_pairs  # noqa: E402

from mmlandmark.apis.reproduce import markdown_tables, reproduce  # noqa: E402
from mmlandmark.apis.stress import stress_converter  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import configs_root, get_schema  # noqa: E402

TASK = 'face68-to-face48'
CONFIG = str(configs_root() / 'converter' / f'{TASK}_affine.py')


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """The row of a shipped config trained and tested on small files, and its checkpoint."""
    folder = tmp_path_factory.mktemp('stress')
    pairs = folder / 'data' / 'face68_face48'
    pairs.mkdir(parents=True)
    schemas = get_schema('face68'), get_schema('face48')
    for seed, name in enumerate(('train', 'val')):
        write_pairs(pairs / f'{name}.json', *schemas, num=60, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMLANDMARK_DATA', str(folder / 'data'))
        row = reproduce(TASK, 'affine', folder / 'work')
        yield row, str(folder / 'work' / f'{TASK}_affine' / row['checkpoint'])


def test_a_run_is_a_row_with_figures_counts_and_seconds(run):
    row, _ = run
    table = markdown_tables([row])
    assert table.startswith(f'### {TASK}\n') and 'mapping (not trained)' in table
    entry = row['comparison']['metrics']['NME/eye_outer']['methods']
    assert entry['model']['num_instances'] == 60
    assert f'{entry["model"]["value"]:.3f}' in table
    json.dumps(row, allow_nan=False)


def test_a_run_that_fails_names_its_log(run, tmp_path, monkeypatch):
    monkeypatch.setenv('MMLANDMARK_DATA', str(tmp_path))
    with pytest.raises(LandmarkError, match=r'the run failed; see .*run\.log'):
        reproduce(TASK, 'affine', tmp_path / 'work')
    log = next((tmp_path / 'work').glob('*/run.log')).read_text()
    assert 'train.json' in log


def test_dropping_points_costs_accuracy_and_flags_points(run):
    row, checkpoint = run
    whole, some, many = stress_converter(CONFIG, checkpoint, drop=[10, 60])
    figure = row['comparison']['metrics']['NME/eye_outer']['methods']['model']['value']
    assert whole.figures['NME/eye_outer'] == pytest.approx(figure, rel=1e-5)
    assert whole.inferred == 0 < some.inferred < many.inferred
    assert whole.figures['NME/eye_outer'] < many.figures['NME/eye_outer']
    assert max(whole.farthest, some.farthest, many.farthest) < 2


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(drop=[68]), 'cannot drop 68 of 68 points'),
        (dict(drop=[], keep=[1.5]), 'cannot keep a share of 1.5'),
        (dict(drop=[], keep=[0.8]), 'predicts no uncertainty'),
    ],
)
def test_a_stress_that_makes_no_sense_is_refused(run, options, message):
    with pytest.raises(LandmarkError, match=message):
        stress_converter(CONFIG, run[1], **options)
