import importlib.util

import pytest
from coco_files import CROSS, SQUARE, make_pairs, save


@pytest.fixture
def main(repo):
    path = repo / 'tools' / 'dataset_converters' / 'split_pairs.py'
    spec = importlib.util.spec_from_file_location('split_pairs', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.fixture
def arguments(tmp_path):
    pairs = save(tmp_path / 'pairs.json', make_pairs(40))
    square, cross = tmp_path / 'square.json', tmp_path / 'cross.json'
    save(square, SQUARE.to_json())
    save(cross, CROSS.to_json())
    return [
        str(pairs),
        f'--out-dir={tmp_path / "out"}',
        f'--source-schema={square}',
        f'--target-schema={cross}',
    ]


def test_counts_are_printed(main, arguments, tmp_path, capsys):
    parts = ['--by', 'identity', '--parts', 'a=0.5:source,b=0.5:target']
    assert main([*arguments, *parts]) == 0
    shown = capsys.readouterr().out
    assert 'wrote 2 files' in shown and 'left out: none' in shown
    row = next(line for line in shown.splitlines() if 'b.json' in line)
    assert row.replace('│', ' ').split() == ['b.json', 'cross', '20', '5', '20', '60']
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == ['a.json', 'b.json']


def test_a_wrong_part_is_one_line(main, arguments, capsys):
    assert main([*arguments, '--parts', 'a=0.5:source', 'b=0.5:targt']) == 2
    shown = capsys.readouterr()
    assert shown.out == ''
    assert shown.err == (
        "error: part 'b=0.5:targt': unknown side 'targt' (did you mean 'target'?)\n"
    )
