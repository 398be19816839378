from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.apis.compare_runs import compare_runs, render_runs
from mmlandmark.apis.run_metrics import RunMetrics, read_run, read_runs
from mmlandmark.errors import LandmarkError

BASE = {
    'coco/AP': 0.70,
    'coco/AP (M)': -1.0,
    'mpii/NME/bbox': 0.05,
    'mpii/odd': 3,
    'mpii/PCK': None,
}
UNION = {'coco/AP': 0.71, 'coco/AP (M)': 0.5, 'mpii/NME/bbox': 0.06, 'mpii/odd': 4, 'mpii/PCK': 0.9}


@pytest.fixture
def write(tmp_path):
    def _write(name, *records):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('\n'.join(r if isinstance(r, str) else json.dumps(r) for r in records))
        return str(path)

    return _write


@pytest.fixture
def comparison(write):
    paths = [f'single={write("a.json", BASE)}', f'union={write("b.json", UNION)}']
    paths.append(f'other={write("c.json", {"coco/AP": 0.7, "aic/AP": 0.3})}')
    return compare_runs(read_runs(paths), 'single')


def test_keys_without_a_data_set_of_tests_across_formats(write):
    figures = {'covered/AP': 0.5, 'coverage/OKS_points': 0.7, 'covered/PCKh@0.5': 60.0}
    run = read_run(write('a.json', figures))
    assert set(run.figures) == {('', key) for key in figures}
    assert set(read_run(write('b.json', {'coco/covered/AP': 0.5})).figures) == {
        ('coco', 'covered/AP')
    }


def test_a_log_of_one_step_holds_no_validation(write):
    path = write('scalars.json', {'lr': 0.1, 'loss': 2.0, 'step': 1})
    with pytest.raises(LandmarkError, match='holds lines of training only'):
        read_run(path)
    assert read_run(write('test.json', {'loss': 2.0})).figures == {('', 'loss'): 2.0}


def test_deltas_and_verdicts(comparison):
    found = {(f.dataset, f.metric): f for f in comparison.figures}
    assert list(found)[:2] == [('coco', 'AP'), ('coco', 'AP (M)')]
    average = found['coco', 'AP']
    assert average.deltas[1] == pytest.approx(0.01)
    assert average.verdicts == (None, 'better', 'same')
    assert found['mpii', 'NME/bbox'].verdicts == (None, 'worse', None)
    assert found['mpii', 'odd'].verdicts == (None, '?', None)
    # neither COCO's -1 nor null is a figure to subtract from
    for key in (('coco', 'AP (M)'), ('mpii', 'PCK')):
        assert found[key].values[0] is None and found[key].deltas == (None, None, None)
    assert found['aic', 'AP'].values == (None, None, 0.3)
    union = 'union: 1 better, 1 worse, 1 of unknown direction, 1 missing of 6 figures'
    assert union in comparison.notes


def test_text_shows_a_missing_figure_as_a_dash(comparison):
    lines = render_runs(comparison).splitlines()
    cells = [re.split(r'  +', line) for line in lines]
    assert ['mpii', 'PCK', 'higher', '-', '0.9000', '-', '-', '-'] in cells
    assert [
        'coco',
        'AP',
        'higher',
        '0.7000',
        '0.7100',
        '+0.0100 better',
        '0.7000',
        '0 same',
    ] in cells
    assert ['mpii', 'odd', '?', '3', '4', '+1.00 ?', '-', '-'] in cells
    assert 'base: single' in lines
    assert '| mpii | PCK | higher | - | 0.9000 | - |' in render_runs(comparison, 'markdown')


def test_csv_reads_back(comparison):
    rows = {
        (r['data set'], r['metric']): r
        for r in csv.DictReader(io.StringIO(render_runs(comparison, 'csv')))
    }
    assert float(rows['coco', 'AP']['union - single']) == pytest.approx(0.01)
    assert rows['coco', 'AP']['union verdict'] == 'better'
    missing = rows['mpii', 'PCK']
    assert missing['single'] == missing['union - single'] == missing['union verdict'] == ''
    assert missing['union'] == '0.9'


class Page(HTMLParser):
    """Collects the tags, whatever is loaded, and the text of the rows."""

    def __init__(self):
        super().__init__()
        self.tags, self.loaded, self.text, self.open = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loaded += [v for k, v in attributes if k in ('src', 'href')]
        if tag not in ('meta', 'br'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_html_is_one_escaped_page():
    script = '<script>alert(1)</script>'
    runs = [
        RunMetrics('a<b', {('x&y', 'AP'): 0.5, ('', script): 1.0}, (f'note {script}',)),
        RunMetrics('c"d', {('x&y', 'AP'): None, ('', script): 2.0}),
    ]
    text = render_runs(compare_runs(runs), 'html')
    page = Page()
    page.feed(text)
    assert not page.open and not page.loaded and 'script' not in page.tags
    assert 'url(' not in text and '@import' not in text
    for shown in ('a<b', 'x&y', script, 'c"d', f'note {script}', '+1.00 ?', '-'):
        assert shown in page.text


def test_training_log_gives_its_last_or_best_validation(write):
    path = write(
        'work_dirs/union_hrnet/20250101_120000/vis_data/scalars.json',
        {'lr': 0.1, 'loss': 0.3, 'acc_pose/coco': 0.5, 'epoch': 1, 'step': 5},
        {'coco/AP': 0.6, 'pooled/NME/bbox': 0.04, 'data_time': 0.1, 'time': 0.2, 'step': 10},
        {'lr': 0.1, 'loss': 0.2, 'epoch': 2, 'step': 15},
        '{"coco/AP": 0.5, "pooled/NME/bbox": NaN, "data_time": 0.1, "time": 0.2, "step": 20}',
        '{"lr": 0.1, "lo',
    )
    last = read_run(path)
    assert last.name == 'union_hrnet'
    assert last.figures == {('coco', 'AP'): 0.5, ('pooled', 'NME/bbox'): None}
    assert any('the last of 2 validations, step 20' in note for note in last.notes)
    assert any('line 5 is cut off' in note for note in last.notes)
    assert read_run(path, best='coco/AP').figures['coco', 'AP'] == 0.6
    assert read_run(path, best='pooled/NME/bbox').figures['pooled', 'NME/bbox'] == 0.04
    with pytest.raises(LandmarkError, match="no validation has 'coco/AR' .did you mean 'coco/AP'"):
        read_run(path, best='coco/AR')


def test_files_of_one_data_set_each(write):
    """A model per data set beside a union: the keys of the single runs name no data set."""
    single = [
        f'single@face68={write("a.json", {"NME/eye_outer": 0.04})}',
        f'single@face48={write("b.json", {"NME/eye_outer": 0.05})}',
        f'single@aic={write("c.json", {"coco/AP": 0.3})}',
        f'union={write("d.json", {"face68/NME/eye_outer": 0.03, "aic/AP": 0.2})}',
    ]
    runs = read_runs(single)
    assert [run.name for run in runs] == ['single', 'union']
    keys = [('face68', 'NME/eye_outer'), ('face48', 'NME/eye_outer'), ('aic', 'AP')]
    assert list(runs[0].figures) == keys
    assert runs[1].figures[keys[0]] == 0.03
    alone = read_run(write('e.json', {'NME/eye_outer': 1.0, 'Head PCK': 2.0}))
    assert list(alone.figures) == [('', 'NME/eye_outer'), ('', 'Head PCK')]


def test_only_some_figures(write):
    runs = read_runs([write('a.json', BASE), write('b.json', UNION)])
    figures = compare_runs(runs, only=['coco/AP*']).figures
    assert [f.metric for f in figures] == ['AP', 'AP (M)']
    with pytest.raises(LandmarkError, match='no figure of these runs matches pooled'):
        compare_runs(runs, only=['pooled/*'])
    with pytest.raises(LandmarkError, match="base 'aa' is no run .did you mean 'a'"):
        compare_runs(runs, base='aa')


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('', 'is empty'),
        ('[1]', 'holds a list; expected one JSON object'),
        ('{"a": }', 'line 1 is not JSON'),
        ('{"step": 1, "time": 2}', 'holds no figures'),
        ('{"loss": 1, "lr": 2}\n{"loss": 1, "lr": 2}', 'lines of training only'),
        ('{"coco/AP": 1}\n{"coco/\n{"coco/AP": 1}', 'line 2 is not JSON'),
    ],
)
def test_files_that_hold_no_figures(write, content, message):
    path = write('bad.json', content)
    with pytest.raises(LandmarkError, match=message) as caught:
        read_run(path)
    assert 'bad.json' in str(caught.value)


def test_what_cannot_be_a_set_of_runs(write, tmp_path):
    one, other = write('x/m.json', BASE), write('y/m.json', UNION)
    with pytest.raises(LandmarkError, match="a second run called 'm'; give it a name: NAME="):
        read_runs([one, other])
    with pytest.raises(LandmarkError, match="run 'm' has 'coco/AP' from another file"):
        read_runs([f'm={one}', f'm={other}'])
    with pytest.raises(LandmarkError, match='expected FILE, NAME=FILE or NAME@DATASET=FILE'):
        read_runs(['=x'])
    with pytest.raises(LandmarkError, match='nowhere.json: cannot be read'):
        read_run(tmp_path / 'nowhere.json')
    assert 'is no numbers' not in str(read_run(write('n.json', {'AP': 1, 'who': 'me'})).notes)
    assert read_run(write('n.json', {'AP': 1, 'who': 'me'})).notes == (
        "n: 1 entries are no numbers, the first is 'who'",
    )
