import argparse
import re

import pytest

from mmlandmark.options import at_least, count

#: Tools that leave it to their work, which refuses at its start and in one line.
LATER = {
    *('demo.py', 'draw_bodies.py', 'draw_boxes.py', 'draw_dogs.py', 'draw_faces.py'),
    *('infer_channels.py', 'infer_faces.py', 'view_annotations.py'),
    *('audit_annotations.py', 'coco2channels.py', 'merge_report.py'),
}


def parsed(kind, *words):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cases', type=kind, nargs='+')
    return parser.parse_args(['--cases', *words]).cases


def test_numbers_from_the_least_on_are_read():
    assert parsed(count, '1', '20') == [1, 20]
    assert parsed(at_least(0), '0') == [0]
    assert parsed(at_least(-1), '-1') == [-1]


@pytest.mark.parametrize('word', ['0', '-3', '1.5', 'many'])
def test_others_are_one_line(word, capsys):
    with pytest.raises(SystemExit) as ended:
        parsed(count, word)
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    expected = f"argument --cases: expected a whole number of at least 1, got '{word}'"
    assert said.endswith(expected)


def test_tools_read_their_numbers_so(repo):
    plain = re.compile(r'type=int\b')
    tools = {path.name: path.read_text(encoding='utf-8') for path in (repo / 'tools').rglob('*.py')}
    assert {name for name, text in tools.items() if plain.search(text)} == LATER
