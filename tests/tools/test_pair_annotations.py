import functools
import json

import pytest
from coco_files import CROSS, make_coco, make_pairs, save, square_points
from processes import run_tool


@pytest.fixture
def run(tmp_path):
    return functools.partial(run_tool, 'tools/dataset_converters/pair_annotations.py', cwd=tmp_path)


def test_two_files_become_one_from_another_working_directory(run, tmp_path):
    pairs = make_pairs(8)
    save(tmp_path / 's.json', make_coco(square_points(8)))
    target = make_coco(square_points(8)[:, :3], CROSS, first_id=50)
    for annotation, pair in zip(target['annotations'], pairs['annotations'], strict=True):
        annotation['keypoints'] = pair['keypoints_target']
        annotation['bbox'] = pair['bbox']
    target['annotations'] = target['annotations'][:0:-1]
    save(tmp_path / 't.json', target)
    done = run('s.json', 't.json', 'out.json', '--by', 'box', '--report', 'report.json')
    assert done.returncode == 0, done.stderr
    assert 'wrote out.json: 7 pairs' in done.stdout
    out = json.loads((tmp_path / 'out.json').read_text())
    assert [a['target_id'] for a in out['annotations']] == list(range(51, 58))
    report = json.loads((tmp_path / 'report.json').read_text())
    assert report['counts']['unpaired source'] == 1
    assert report['ids']['unpaired source'] == [1]

    again = run('s.json', 't.json', 'out.json', '--by', 'box')
    assert (again.returncode, again.stdout) == (2, '')
    assert again.stderr.splitlines()[-1].startswith('error: out.json: exists')


def test_the_report_takes_no_file_of_the_command(run, tmp_path):
    save(tmp_path / 's.json', make_coco(square_points(8)))
    done = run('s.json', 's.json', 'out.json', '--report', 'out.json')
    assert done.returncode == 2 and not (tmp_path / 'out.json').exists()
    assert done.stderr == 'error: out.json: is SOURCE, TARGET or OUT; expected another name\n'
