"""dataset_info files are data: literals are read, code is refused and never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema
from mmlandmark.schemas.literal import read_literals


def write(folder: Path, text: str) -> Path:
    path = folder / 'info.py'
    path.write_text(text, encoding='utf-8')
    return path


def test_the_literals_of_mmpose_are_read(tmp_path: Path) -> None:
    text = """
    'a docstring'
    colors = dict(red=[255, 0, 0])
    a = b = [1.] * 2 + [-1, +2] + 2 * [True]
    info = {0: dict(name='x' 'y', color=colors['red'], t=(1, None)), 'last': a[3]}
    """
    found = read_literals(write(tmp_path, '\n'.join(line.strip() for line in text.splitlines())))
    assert found['a'] == found['b'] == [1.0, 1.0, -1, 2, True, True]
    assert found['info'] == {0: {'name': 'xy', 'color': [255, 0, 0], 't': (1, None)}, 'last': 2}


@pytest.mark.parametrize(
    'code',
    [
        "x = __import__('os').system('touch {target}')",
        "import os\nos.system('touch {target}')",
        "x = open('{target}', 'w')",
        'x = [i for i in range(3)]',
        'x = (lambda: 1)()',
        "x = f'{1}'",
        "x = 'a' * 10",
        'x = 1 + 1',
        "x = -'a'",
        'x = dict([(1, 2)])',
        'x = dict(**y)',
        'x = {**{}}',
        'x = [1] * 10 ** 9',
        'x = [1] * 1000000000',
        'x = {0: 1, 0: 2}',
        'x = y',
        'x = [1][4]',
        'x = b"bytes"',
        'x.y = 1',
        'x = 1 if True else 2',
        'x: int = 3',
        'def f(): pass',
    ],
)
def test_anything_else_is_refused_and_not_run(code: str, tmp_path: Path) -> None:
    target = tmp_path / 'made_by_code'
    path = write(tmp_path, code.replace('{target}', str(target)))
    with pytest.raises(LandmarkError) as caught:
        read_literals(path)
    assert f'{path}, line ' in str(caught.value) and '\n' not in str(caught.value)
    assert not target.exists()


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LandmarkError, match='info.py: not a Python file'):
        read_literals(write(tmp_path, 'dataset_info = dict('))
    with pytest.raises(LandmarkError, match='absent.py: cannot be read'):
        read_literals(tmp_path / 'absent.py')
    with pytest.raises(LandmarkError, match='info.py: defines no dataset_info'):
        KeypointSchema.from_file(write(tmp_path, 'other = dict()'))
    with pytest.raises(LandmarkError, match='info.py: not a schema'):
        KeypointSchema.from_file(write(tmp_path, 'dataset_info = dict(keypoint_info=[1, 2])'))
