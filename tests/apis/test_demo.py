"""The demo from start to end, small, and what it refuses."""

import re
from pathlib import Path

import orjson
import pytest
from processes import run_tool

pytest.importorskip('mmpose')

from mmlandmark.apis import demo  # noqa: E402
from mmlandmark.apis.demo import DemoOptions, run_demo  # noqa: E402
from mmlandmark.apis.demo_pairs import read_task, source_document  # noqa: E402
from mmlandmark.engine.hooks import converter_hook  # noqa: E402
from mmlandmark.engine.inner_validation import Comparison  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.synthetic import make_faces, pair_document  # noqa: E402


@pytest.fixture
def quick(monkeypatch):
    """Leave out the inner cross-validation, which has tests of its own."""
    verdict = Comparison(network=1.0, affine=2.0, standard_error=0.1, num_pairs=1)
    monkeypatch.setattr(converter_hook, 'compare_with_affine', lambda *_: verdict)


@pytest.fixture(scope='module')
def first(tmp_path_factory):
    """``make demo`` with few epochs, from another folder.

    It has as many faces as a user's: fewer would cost more, as the training then asks whether they
    are enough for a network.
    """
    folder = tmp_path_factory.mktemp('elsewhere')
    done = run_tool('tools/demo.py', *('--epochs', 1, '--cases', 1), cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, done.stdout


@pytest.mark.slow
def test_it_prints_one_table_and_says_where_everything_is(first):
    folder, said = first
    lines = said.splitlines()
    columns = re.split(r'\s{2,}', lines[0])
    assert columns[:2] == ['method', 'NME/bbox (x100)'] and 'converting (s)' in columns
    methods = [line.split('  ')[0] for line in lines[2:5]]
    assert methods == ['hand-made map', 'affine', 'learned']
    assert 'hand-made map 22 of 48' in said and 'synthetic faces' in said
    assert 'mmengine' not in said
    for line in ('report', 'converted'):
        path = next(entry.split()[1] for entry in lines if entry.startswith(line))
        assert (folder / path).is_file()


@pytest.mark.slow
def test_the_converted_file_has_the_error_that_the_test_had(first):
    from mmlandmark.apis.demo_report import Method, measure
    from mmlandmark.apis.inferencer import LandmarkConverterInferencer

    work = first[0] / 'work_dirs' / 'demo'
    task = read_task(work / 'data' / 'pairs.json')
    converter = LandmarkConverterInferencer(next((work / 'learned').glob('best_*.pth')))
    out = work / 'converted' / 'learned.json'
    figure = measure(Method('model', 'learned', converter, None, 0.0, None, out), task)
    tested = orjson.loads((work / 'results.json').read_bytes())['comparison']['metrics']
    entry = tested['NME/bbox']['methods']['model']
    assert figure.value == pytest.approx(entry['value'], rel=1e-3)
    assert figure.num_points == entry['num_points']


@pytest.mark.slow
def test_the_report_has_pictures_of_three_cases_and_says_synthetic(first):
    work = first[0] / 'work_dirs' / 'demo'
    page = (work / 'report.html').read_text(encoding='utf-8')
    assert page.count('data:image/jpeg;base64,') == 3
    assert 'synthetic faces' in page and 'no real person' in page
    assert len(list((work / 'pictures').glob('*.jpg'))) == 3
    assert len(list((work / 'images').glob('*.png'))) == 3


@pytest.mark.slow
def test_a_second_demo_replaces_the_first_and_leaves_other_files(first, quick):
    work = first[0] / 'work_dirs' / 'demo'
    (work / 'notes.txt').write_text('mine')
    (work / 'pictures' / 'old.jpg').write_bytes(b'')
    pairs = first[0] / 'own.json'
    document = pair_document(make_faces(120, pictures_per_identity=1))
    for annotation in document['annotations']:
        del annotation['identity']
    pairs.write_bytes(orjson.dumps(document))
    options = DemoOptions(data=str(pairs), work_dir=str(work), epochs=1, cases=1)
    said = run_demo(options)
    assert (work / 'notes.txt').read_text() == 'mine'
    assert not (work / 'pictures' / 'old.jpg').exists() and not (work / 'images').exists()
    assert '3 of them on a blank canvas' in said and 'synthetic faces;' not in said
    assert 'split by image_id' in (work / 'report.html').read_text()
    assert pairs.exists()


def test_real_pairs_are_resolved_by_their_names(shared_data):
    faces = read_task(shared_data / 'face68_face48' / 'val.json')
    assert (faces.source.name, faces.target.name, faces.group) == ('face68', 'face48', 'identity')
    bodies = read_task(shared_data / 'body_coco17_mpii16' / 'val.json')
    assert (bodies.source.name, bodies.target.name, bodies.group) == (
        'coco17',
        'mpii16',
        'image_id',
    )


def test_the_source_document_holds_nothing_of_the_target(tmp_path):
    path = tmp_path / 'pairs.json'
    path.write_bytes(orjson.dumps(pair_document(make_faces(150))))
    task = read_task(path)
    document = source_document(task)
    assert len(document['annotations']) == len(task.parts['test']) < 150
    assert 'target' not in orjson.dumps(document).decode()
    people = {a['identity'] for a in document['annotations']}
    rest = task.pairs.select(task.parts['train'])
    assert not people & {a['identity'] for a in rest.annotations}


def test_other_folders_are_not_touched(tmp_path):
    (tmp_path / 'data').mkdir()
    with pytest.raises(LandmarkError, match='not of an earlier demo'):
        run_demo(DemoOptions(work_dir=str(tmp_path)))
    assert (tmp_path / 'data').is_dir()


def test_pairs_inside_the_folder_are_refused(tmp_path):
    pairs = tmp_path / 'data' / 'pairs.json'
    pairs.parent.mkdir()
    pairs.write_text('{}')
    (tmp_path / demo.MANIFEST).write_text('[]')
    with pytest.raises(LandmarkError, match='which the demo replaces'):
        run_demo(DemoOptions(data=str(pairs), work_dir=str(tmp_path)))
    assert pairs.exists()


@pytest.mark.parametrize('wrong', [dict(epochs=0), dict(cases=0)])
def test_nothing_to_do(tmp_path, wrong):
    with pytest.raises(LandmarkError, match='at least 1'):
        run_demo(DemoOptions(work_dir=str(tmp_path), **wrong))


def test_a_file_without_target_names(tmp_path):
    document = pair_document(make_faces(10))
    del document['categories'][0]['keypoints_target']
    path = Path(tmp_path / 'pairs.json')
    path.write_bytes(orjson.dumps(document))
    with pytest.raises(LandmarkError, match="no category lists 'keypoints_target'"):
        read_task(path)
