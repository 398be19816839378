"""The tool: what it writes, prints and refuses."""

import importlib.util
import json

import pytest

pytest.importorskip('mmpose')
from apis.tiny_faces import landmark_config, save_model, write_pictures

from mmlandmark import memory
from mmlandmark.apis import launch
from mmlandmark.schemas import get_schema


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp('model'), landmark_config())


@pytest.fixture
def infer(repo, model, tmp_path, monkeypatch):
    """Run the tool in a folder of its own; returns the exit status."""
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location('infer_faces', repo / 'tools' / 'infer_faces.py')
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    def start(*options):
        common = ['--config', str(model[0]), '--checkpoint', str(model[1]), '--device', 'cpu']
        return launch.run(tool.main, tool.parse_args([*map(str, options), *common]))

    return start


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / 'pictures'
    folder.mkdir()
    write_pictures(folder, 2)
    return folder


def test_pictures_with_a_file_of_boxes(infer, folder, tmp_path, capsys):
    boxes = {'dog0.png': [[5, 5, 60, 60], [9, 9, 9, 50]], 'dog1.png': [], 'dog7.png': []}
    (tmp_path / 'boxes.json').write_text(json.dumps(boxes))
    (folder / 'empty.png').touch()
    options = ('--boxes', 'boxes.json', '--out', 'o.json', '--coco-out', 'c.json', '--draw', 'd')
    assert infer(folder, *options) == 0
    shown = capsys.readouterr()
    assert (
        '3 pictures, 1 faces of 46 points (dogflw46); 1 without a face, 1 unreadable' in shown.out
    )
    for words in ('empty.png: the file is empty', 'dog0.png: box 1', 'wrote o.json'):
        assert words in shown.out
    content = json.loads((tmp_path / 'o.json').read_text())
    assert content['keypoints'] == list(get_schema('dogflw46').keypoints)
    assert [len(picture['faces']) for picture in content['pictures']] == [1, 0, 0]
    (face,) = content['pictures'][0]['faces']
    assert (len(face['keypoints']), len(face['scores'])) == (46, 46)
    assert set(face['regions']) == set(get_schema('dogflw46').regions)
    coco = json.loads((tmp_path / 'c.json').read_text())
    assert [image['file_name'] for image in coco['images']] == ['dog0.png', 'dog1.png']
    assert len(coco['info']['problems']) == 2
    assert sorted(path.name for path in (tmp_path / 'd').iterdir()) == ['dog0.png', 'dog1.png']
    # once more: nothing is replaced without being asked for
    assert infer(folder, *options) == 2
    assert 'o.json: exists' in capsys.readouterr().err
    assert infer(folder, *options, '--overwrite') == 0


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (('--whole-image',), 'error: nothing to write: give --out'),
        (('--out', 'o.json'), 'error: where are the faces? Give their boxes (bboxes, --boxes)'),
        (
            ('--out', 'o.json', '--whole-image', '--detector-checkpoint', 'd.pth'),
            'error: a detector beside --boxes or --whole-image',
        ),
        (('--out', 'o.json', '--detector', 'd.py'), 'error: d.py: no such config file'),
        (('--out', 'no/o.json', '--whole-image'), 'error: no/o.json: the folder no does not exist'),
        (('--out', 'o.json', '--boxes', 'b.json'), 'error: b.json: cannot be read'),
    ],
)
def test_what_is_wrong_is_one_line(infer, folder, tmp_path, capsys, options, words):
    assert infer(folder, *options) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith(words)
    assert not (tmp_path / 'o.json').exists()


def test_strict_stops_at_the_first_problem(infer, folder, tmp_path, capsys):
    (folder / 'empty.png').touch()
    assert infer(folder, '--whole-image', '--out', 'o.json', '--strict') == 2
    assert 'empty.png: the file is empty' in capsys.readouterr().err
    assert not (tmp_path / 'o.json').exists()


def test_memory_is_kept_only_where_asked_for(infer, folder, monkeypatch):
    asked = []
    monkeypatch.setattr(memory, 'keep_memory', lambda: asked.append(1) or True)
    assert infer(folder, '--whole-image', '--out', 'o.json') == 0 and not asked
    assert infer(folder, '--whole-image', '--out', 'p.json', '--keep-memory') == 0
    assert asked == [1]
