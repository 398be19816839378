import importlib.util
import json

import cv2
import numpy as np
import pytest
from coco_files import CROSS, SQUARE, SQUARE_TO_CROSS, make_coco, save, square_points
from processes import run_tool

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import Conversion


@pytest.fixture(scope='module')
def tool(repo):
    path = repo / 'tools' / 'convert_keypoints.py'
    spec = importlib.util.spec_from_file_location('convert_keypoints', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def files(tmp_path):
    SQUARE_TO_CROSS.save(tmp_path / 'mapping.json')
    return {
        'mapping': str(tmp_path / 'mapping.json'),
        'input': str(save(tmp_path / 'in.json', make_coco(square_points(5)))),
        'output': str(tmp_path / 'out.json'),
    }


def test_a_mapping_by_name_runs_from_another_working_directory(tmp_path, shared_data):
    done = run_tool(
        'tools/convert_keypoints.py',
        *('--mapping', 'coco17-to-mpii16'),
        *(shared_data / 'body_coco17_mpii16' / 'val.json', 'out.json'),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert '1452 of 1452 annotations converted coco17 -> mpii16' in done.stdout
    assert 'converting' not in done.stderr, 'a bar is for terminals'
    out = json.loads((tmp_path / 'out.json').read_text())
    assert out['categories'][0]['keypoints'][:2] == ['right_ankle', 'right_knee']


def test_pictures_are_drawn_and_missing_ones_said(tool, files, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / '0002.jpg'), np.zeros((480, 640, 3), dtype=np.uint8))
    code = tool.main(
        [
            *('--mapping', files['mapping'], files['input'], files['output']),
            *('--show-dir', str(tmp_path / 'show'), '--image-root', str(tmp_path)),
        ]
    )
    assert code == 0
    said = capsys.readouterr().out
    assert '1 pictures drawn' in said and '4 not found or damaged, the first is 0001.jpg' in said
    assert (tmp_path / 'show' / '0002_2.jpg').is_file()


def test_wrong_input_is_one_line_and_code_2(tool, files, capsys):
    arguments = ['--mapping', files['mapping'], files['input'], files['output']]
    assert tool.main(arguments) == 0
    assert tool.main(arguments) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith('error: ')
    assert tool.main([*arguments, '--overwrite']) == 0
    with pytest.raises(LandmarkError):
        tool.main([*arguments, '--debug'])


def test_an_unknown_mapping_is_named(tool, files, capsys):
    assert tool.main(['--mapping', 'coco17-to-mpii61', files['input'], files['output']]) == 2
    assert 'coco17-to-mpii16' in capsys.readouterr().err


@pytest.mark.parametrize(
    'arguments', [['a', 'b'], ['--mapping', 'm', 'a', 'b', 'c'], list('abcde')]
)
def test_a_wrong_number_of_files_is_a_usage_error(tool, arguments, capsys):
    with pytest.raises(SystemExit) as error:
        tool.main(arguments)
    assert error.value.code == 2
    assert 'expected' in capsys.readouterr().err


class Trained:
    """Stands in for a trained converter."""

    name, source_schema, target_schema = 'trained', SQUARE, CROSS

    def convert(self, points, visible, bboxes=None):
        points, given = SQUARE_TO_CROSS.apply(points, visible)
        return Conversion(points, given, np.zeros(given.shape, dtype=bool))


@pytest.mark.parametrize('config', [None, 'config.py'])
def test_a_checkpoint_is_enough_and_a_config_is_handed_on(tool, files, monkeypatch, config):
    asked = []

    def load(checkpoint, config=None, **options):
        asked.append((checkpoint, config, options))
        return Trained()

    monkeypatch.setattr('mmlandmark.apis.load.load_inferencer', load)
    positional = [*([config] if config else []), 'best.pth', files['input'], files['output']]
    assert tool.main([*positional, '--batch-size', '3', '--device', 'cpu']) == 0
    assert asked == [('best.pth', config, {'device': 'cpu', 'batch_size': 3})]


def test_a_missing_checkpoint_is_named(tool, files, capsys):
    assert tool.main(['none.pth', files['input'], files['output']]) == 2
    assert 'none.pth' in capsys.readouterr().err
