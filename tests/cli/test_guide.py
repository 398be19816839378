"""The commands of docs/cli.md run as they are written."""

import re

import orjson
from doc_blocks import Page
from two_sides import one_side

from mmlandmark.cli.commands import COMMANDS
from mmlandmark.synthetic import make_faces, pair_document

PAGE = Page('docs/cli.md')


def test_the_commands_run(tmp_path, monkeypatch, capsys):
    pairs = pair_document(make_faces(8, seed=3, pictures_per_identity=1))
    for name, side in (('my_68', 'source'), ('my_48', 'target')):
        (tmp_path / f'{name}.json').write_bytes(orjson.dumps(one_side(pairs, side)))
    monkeypatch.chdir(tmp_path)
    for command in PAGE.commands():
        assert command.run() == 0, command.text + capsys.readouterr().err
    assert len(orjson.loads((tmp_path / 'pairs.json').read_bytes())['annotations']) == 8
    mapped = orjson.loads((tmp_path / 'mapped_48.json').read_bytes())
    assert len(mapped['annotations'][0]['keypoints']) == 3 * 48


def test_the_table_lists_every_command_and_its_tool():
    listed = dict(re.findall(r'^\| `([a-z-]+)` \| `tools/([\w/.]+)`', PAGE.whole, re.MULTILINE))
    assert listed == {name: command.tool for name, command in COMMANDS.items()}
