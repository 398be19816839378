"""The commands of docs/cli.md run as they are written."""

import re
import shlex

import orjson
import pytest
from two_sides import one_side

from mmlandmark.cli import main as entry
from mmlandmark.cli.commands import COMMANDS
from mmlandmark.synthetic import make_faces, pair_document


@pytest.fixture(scope='module')
def guide(repo):
    return (repo / 'docs' / 'cli.md').read_text(encoding='utf-8')


def test_the_commands_run(guide, tmp_path, monkeypatch, capsys):
    pairs = pair_document(make_faces(8, seed=3, pictures_per_identity=1))
    for name, side in (('my_68', 'source'), ('my_48', 'target')):
        (tmp_path / f'{name}.json').write_bytes(orjson.dumps(one_side(pairs, side)))
    monkeypatch.chdir(tmp_path)
    lines = re.search(r'```bash\n(.*?)```', guide, re.DOTALL)[1].splitlines()
    for line in lines:
        program, *words = shlex.split(line)
        assert program == 'mmlandmark'
        assert entry.main(words) == 0, line + capsys.readouterr().err
    assert len(orjson.loads((tmp_path / 'pairs.json').read_bytes())['annotations']) == 8
    mapped = orjson.loads((tmp_path / 'mapped_48.json').read_bytes())
    assert len(mapped['annotations'][0]['keypoints']) == 3 * 48


def test_the_table_lists_every_command_and_its_tool(guide):
    listed = dict(re.findall(r'^\| `([a-z-]+)` \| `tools/([\w/.]+)`', guide, re.MULTILINE))
    assert listed == {name: command.tool for name, command in COMMANDS.items()}
