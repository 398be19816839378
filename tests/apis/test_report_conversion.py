"""Reports of conversions, by the tool and as docs/report.md shows."""

from __future__ import annotations

import importlib.util
import json

import cv2
import numpy as np
import pytest
from coco_files import CROSS, SQUARE_TO_CROSS, make_coco, make_pairs, save, square_points
from doc_blocks import Page

pytest.importorskip('mmpose')

from apis.reports import Checker, tables  # noqa: E402
from mmlandmark.apis.report_file import check_report  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_mapping, get_schema  # noqa: E402

PAGE = Page('docs/report.md')


@pytest.fixture(scope='module')
def tool(repo):
    path = repo / 'tools' / 'convert_keypoints.py'
    spec = importlib.util.spec_from_file_location('convert_keypoints', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    SQUARE_TO_CROSS.save('mapping.json')
    visible = np.full((9, 4), 2)
    visible[:3, 0] = 0
    save(tmp_path / 'in.json', make_coco(square_points(9), visible=visible))
    return tmp_path


def run(tool, *more: str) -> int:
    return tool.main(['--mapping', 'mapping.json', 'in.json', 'out.json', *more])


def page_of(path) -> str:
    page = path.read_text(encoding='utf-8')
    assert all(load.startswith('data:image/jpeg') for load in Checker(page).loads)
    return page


def test_without_truth_it_says_what_is_given(tool, here, capsys):
    assert run(tool, '--report', 'r.html') == 0
    assert 'wrote r.html' in capsys.readouterr().out
    page = page_of(here / 'r.html')
    found = tables(page)
    assert found['Annotations'][0] == {'what': 'annotations of the file', 'number': '9'}
    given = {row['keypoint']: row for row in found['What is given']}
    # the left top corner and the middle of all corners need the corner that three lack
    assert [given[name]['not given'] for name in CROSS.keypoints] == ['3', '3', '0']
    assert 'Results' not in found and page.count('<img') == 9
    assert '9 not found in' in page


def test_with_truth_it_measures_what_both_files_have(tool, here):
    truth, visible = SQUARE_TO_CROSS.apply(square_points(9), np.full((9, 4), 2))
    truth = make_coco(truth + [3.0, 4.0], CROSS, visible)
    truth['annotations'] = truth['annotations'][2:]
    save(here / 'truth.json', truth)
    cv2.imwrite('0009.jpg', np.full((480, 640, 3), 90, np.uint8))
    assert run(tool, '--report', 'r.html', '--truth', 'truth.json', '--report-cases', '1') == 0
    page = page_of(here / 'r.html')
    found = tables(page)
    figures = {row['metric']: row for row in found['Results']}
    assert figures['NME/bbox']['instances'] == '7'
    sides = [max(a['bbox'][2:]) for a in truth['annotations']]
    expected = 100 * np.mean([5 / side for side in sides])
    assert float(figures['NME/bbox']['value']) == pytest.approx(expected, rel=1e-3)
    left = {row['what and why']: row['number'] for row in found['Left out']}
    assert left['samples: converted, without truth'] == '2'
    assert left['labelled keypoints: not given by the method'] == '2'
    assert page.count('<img') == 3 and page.count('id="keypoint-numbers"') == 1


def test_a_file_of_pairs_is_its_own_truth(tool, here):
    save(here / 'in.json', make_pairs(9))
    assert run(tool, '--report', 'r.html', '--truth', 'in.json') == 0
    row = tables(page_of(here / 'r.html'))['Results'][0]
    assert row['instances'] == '9' and float(row['value']) < 0.1


def test_wrong_places_and_truths_are_told_before_the_work(tool, here, capsys):
    (here / 'old.html').write_text('kept')
    assert tool.main(['--mapping', 'mapping.json', 'in.json', 'a.html', '--report', 'a.html']) == 2
    assert 'expected another name' in capsys.readouterr().err
    assert not (here / 'a.html').exists()
    assert run(tool, '--report', 'old.html') == 2
    assert 'not written without overwrite' in capsys.readouterr().err
    save(here / 'other.json', make_coco(square_points(3)))
    assert run(tool, '--report', 'r.html', '--truth', 'other.json') == 2
    assert "does not carry schema 'cross'" in capsys.readouterr().err
    assert not (here / 'out.json').exists() and (here / 'old.html').read_text() == 'kept'
    with pytest.raises(SystemExit):
        run(tool, '--truth', 'other.json')


def test_truth_of_other_instances(tool, here, capsys):
    save(here / 'truth.json', make_coco(square_points(3)[:, :3], CROSS, first_id=100))
    assert run(tool, '--report', 'r.html', '--truth', 'truth.json') == 2
    assert 'none of its 3 annotations has the id of one in in.json' in capsys.readouterr().err
    assert not (here / 'r.html').exists() and not (here / 'out.json').exists()


def test_fewer_cases_than_none_are_told_before_the_work(tool, here, capsys):
    with pytest.raises(SystemExit) as ended:
        run(tool, '--report', 'r.html', '--report-cases', '-3')
    assert ended.value.code == 2 and not (here / 'out.json').exists()
    assert "--report-cases: expected a whole number of at least 0, got '-3'" in (
        capsys.readouterr().err
    )
    with pytest.raises(LandmarkError, match='cases is -1; expected at least 0'):
        check_report(here / 'r.html', cases=-1)
    assert run(tool, '--report', 'r.html', '--report-cases', '0') == 0
    assert '<img' not in page_of(here / 'r.html')


def test_the_guide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 200, (4, 17, 2))
    save(tmp_path / 'in.json', make_coco(points, get_schema('coco17')))
    target, visible = get_mapping('coco17-to-mpii16').apply(points, np.full((4, 17), 2))
    save(tmp_path / 'truth.json', make_coco(target + 1, get_schema('mpii16'), visible))
    commands = PAGE.commands('convert_keypoints.py')
    assert len(commands) == 2
    for command in commands:
        assert command.run() == 0
    assert len(page_of(tmp_path / 'report.html')) > len('x') * 1000
    (tmp_path / 'report.html').unlink()
    PAGE.one('python').run()
    assert tables(page_of(tmp_path / 'report.html'))['Results'][0]['instances'] == '4'


def test_a_disk_that_is_full_leaves_the_old_report(tool, here, monkeypatch):
    (here / 'r.html').write_text('old')

    def full(path, content):
        raise LandmarkError(f'{path}: cannot be written: No space left on device')

    monkeypatch.setattr('mmlandmark.visualization.report.write_bytes', full)
    assert run(tool, '--report', 'r.html', '--overwrite') == 2
    assert (here / 'r.html').read_text() == 'old'
    assert json.loads((here / 'out.json').read_text())['annotations']
