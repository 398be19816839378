from __future__ import annotations

import importlib.util
from xml.etree import ElementTree

import pytest

from mmlandmark.schemas import get_schema


@pytest.fixture(scope='module')
def tool(repo):
    spec = importlib.util.spec_from_file_location('show_schema', repo / 'tools' / 'show_schema.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_schema_is_printed_and_drawn(tool, tmp_path, capsys):
    out = tmp_path / 'body.svg'
    assert tool.main(['coco17', '--draw', str(out), '--numbers']) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in get_schema('coco17').keypoints)
    drawing = ElementTree.fromstring(out.read_bytes())
    assert drawing.tag == '{http://www.w3.org/2000/svg}svg'  # else no program opens the file
    assert len(drawing.findall('{*}circle')) == len(drawing.findall('{*}text')) == 17
    assert tool.main(['coco17', '--draw', str(out)]) == 2
    assert 'exists; not written without overwrite' in capsys.readouterr().err
    assert tool.main(['coco17', '--draw', str(out), '--overwrite']) == 0


def test_a_mapping_is_printed(tool, capsys):
    assert tool.main(['--mapping', 'face68-to-face48']) == 0
    said = capsys.readouterr().out
    assert '22 of 48' in said and 'a mirror image gives something else' in said


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (['coco18'], "did you mean 'coco17'"),
        (['none.py'], 'none.py'),
        (['--mapping', 'coco17-to-mpii'], "did you mean 'coco17-to-mpii16'"),
    ],
)
def test_wrong_names_are_one_line(tool, capsys, words, said):
    assert tool.main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and error.count('\n') == 1 and said in error


@pytest.mark.parametrize(
    'words', [[], ['coco17', '--mapping', 'x'], ['--mapping', 'x', '--draw', 'y.svg']]
)
def test_what_does_not_go_together(tool, words):
    with pytest.raises(SystemExit) as ended:
        tool.main(words)
    assert ended.value.code == 2
