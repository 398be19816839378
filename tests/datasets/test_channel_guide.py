"""The commands and examples of the part on data in docs/channel-keypoints.md."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from channel_files import coco_document, json_document, write
from doc_blocks import Page
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS

import mmlandmark  # noqa: F401
from mmlandmark.annotations.channel_file import read_channel_file
from mmlandmark.errors import LandmarkError

PAGE = Page('docs/channel-keypoints.md', 'Data')


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch) -> None:
    """A folder of data like those of the guide."""
    monkeypatch.chdir(tmp_path)
    write(Path('data/boxes'), json_document())
    shutil.copy('data/boxes/train.json', 'data/boxes/val.json')
    write(Path('data'), coco_document(), 'cvat.json')


def test_every_command_runs(capsys):
    for command in PAGE.commands():
        assert command.run() == 0, capsys.readouterr().err
    assert json.loads(Path('corners.json').read_text())['dataset'][0]['corner']
    shutil.move('train_again.json', 'data/boxes/train_again.json')  # beside its pictures
    again = read_channel_file('data/boxes/train_again.json')
    np.testing.assert_allclose(again.points, read_channel_file('data/boxes/train.json').points)


def test_every_example_runs(capsys):
    examples = PAGE.of('python', having='import')
    for block in examples:
        block.run()
    said = capsys.readouterr().out
    assert "['corner', 'flap', 'all'] ['c1=c2', 'f1']" in said and len(examples) == 2
    assert '3 pictures, 1 of them without keypoints' in said and "('corner', 'flap') [4 2]" in said


def test_the_data_sets_of_the_guide():
    names: dict = {}
    for block in (block for block in PAGE.python if 'import' not in block.text):
        block.run(names)
    with DefaultScope.overwrite_default_scope('mmpose'):
        sample = DATASETS.build(names['train'])[0]
        assert sample['inputs'].shape == (3, 128, 128)
        for name, content in (('val', 'images/b.png'), ('train', 'images/a.png\nimages/c.png')):
            Path(f'data/boxes/{name}.txt').write_text(content)
        pipeline = [names['train']['pipeline'][0], names['train']['pipeline'][-1]]
        for key, count in (('by_seed', 1), ('by_list', 1), ('by_two_lists', 2)):
            part = {**names['train'], **names[key]}
            if part['split'] == 'val':
                with pytest.raises(LandmarkError, match='validation is never augmented'):
                    DATASETS.build(part)
                part['pipeline'] = pipeline
            assert len(DATASETS.build(part)) == count


def test_the_published_form_of_the_guide_is_read():
    document = json.loads(PAGE.one('json').take())
    for index, entry in enumerate(document['dataset']):
        (Path('data/boxes') / entry['image_path']).write_bytes(
            Path(f'data/boxes/images/{"ab"[index]}.png').read_bytes()
        )
    path = Path('data/boxes/guide.json')
    path.write_text(json.dumps(document))
    assert read_channel_file(path).counts().tolist() == [[2, 0], [1, 1]]


def test_the_errors_of_the_guide_are_those_of_the_code():
    def entry(corner, flap):
        return {'image_path': 'images/3.png', 'corner': corner, 'flap': flap}

    lacks = entry([], [])
    lacks['flaps'] = lacks.pop('flap')
    wrong = [
        entry([[1.2, 0.5]], []),
        lacks,
        entry([], [[0.5, 0.5, 1.0], [0.5, 0.5]]),
        entry([[0.5, 0.5]] * 21, []),
    ]
    shutil.copytree('data/boxes', 'boxes')
    shutil.copy('boxes/images/a.png', 'boxes/images/3.png')
    for bad in wrong:
        document = json_document()
        document['dataset'].append(bad)
        Path('boxes/train.json').write_text(json.dumps(document))
        with pytest.raises(LandmarkError) as error:
            read_channel_file('boxes/train.json', max_keypoints=20)
        assert f'{error.value}\n' in PAGE.one('').take()
