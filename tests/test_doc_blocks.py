"""Every block of the documentation is run by a test, or listed with a reason and checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doc_block_rule import blocks_left, declarations
from doc_blocks import REPO, Page, pages, read_blocks
from doc_commands import problems_of, prose_problems
from doc_options import PLACEHOLDER
from unrun_blocks import BLOCKS, COMMANDS, COUNT, reason_of

pytest.importorskip('mmpose')
import mmlandmark  # noqa: E402, F401  before the configs of MMPose are read

NAMED_FILE = re.compile(
    r'(?<=[` ])(?:configs|requirements|tools|docs|mmlandmark)/[\w/.+-]+\.\w+(?=[` ])'
)
#: A file that readers are told not to make.
OTHERS_FILES = {'configs/_base_/datasets/coco.py'}


@pytest.fixture(scope='module')
def owned() -> dict[str, list[str]]:
    """Place of a block -> the modules of tests that name its page or part."""
    found: dict[str, list[str]] = {}
    for module, named in declarations().items():
        for block in (block for page in named for block in page.blocks):
            found.setdefault(block.place, []).append(module)
    return found


@pytest.mark.parametrize('page', pages())
def test_every_block_belongs_to_a_module_of_tests(page: str, owned) -> None:
    for block in read_blocks(page):
        modules = owned.get(block.place, [])
        unrun = all(reason_of(block, part) for part in block.parts)
        assert unrun or modules, f'{block.place}: no module of tests names this page or part'
        assert len(modules) <= 1, f'{block.place}: run by several: {modules}'


@pytest.mark.parametrize('page', pages())
def test_tools_options_configs_and_names_are_there(page: str) -> None:
    problems = problems_of(read_blocks(page))
    assert not problems, '\n'.join(['', *problems])


@pytest.mark.parametrize('page', pages())
def test_commands_in_the_text_have_their_tools_and_options(page: str) -> None:
    problems = prose_problems(page, (REPO / page).read_text(encoding='utf-8'))
    assert not problems, '\n'.join(['', *problems])


@pytest.mark.parametrize('page', pages())
def test_files_that_a_page_names_are_there(page: str) -> None:
    named = set(NAMED_FILE.findall((REPO / page).read_text(encoding='utf-8'))) - OTHERS_FILES
    own = [name for name in sorted(named) if not PLACEHOLDER.search(name)]
    assert [name for name in own if not (REPO / name).exists()] == []


def test_what_is_not_run_is_counted() -> None:
    """A block more that no test runs is a decision, and none is listed that is not there."""
    blocks = [block for page in pages() for block in read_blocks(page)]
    unrun = [part for block in blocks for part in block.parts if reason_of(block, part)]
    assert len(unrun) == COUNT, 'more or fewer: see COUNT in unrun_blocks.py'
    for listed, texts in (
        (BLOCKS, [(b.page, b.text) for b in blocks]),
        (COMMANDS, [(p.page, p.text) for b in blocks for p in b.parts]),
    ):
        for page, starts in listed.items():
            for start in starts:
                found = [text for name, text in texts if name == page and text.startswith(start)]
                assert found, f'unrun_blocks.py: {page} has nothing that starts with {start!r}'


PAGE = """# A title
```python
{python}
```
## Commands
  ```bash
  # a comment
  {shell}
  ```
```
an output
```
"""


@pytest.fixture
def written(tmp_path: Path):
    def write(shell: str = 'make test', python: str = 'x = 1'):
        (tmp_path / 'page.md').write_text(PAGE.format(shell=shell, python=python))
        return read_blocks('page.md', tmp_path)

    return write


def test_blocks_have_lines_headings_and_commands(written) -> None:
    python, shell, output = written(shell="A=1 \\\n    make 'a\n  b'\n\nls")
    assert (python.line, python.language, python.headings) == (2, 'python', ('A title',))
    assert [(c.line, c.text) for c in shell.commands] == [
        (8, "A=1 \\\n  make 'a\nb'"), (12, 'ls'),
    ]  # fmt: skip
    assert shell.headings == ('A title', 'Commands') and output.text == 'an output\n'


@pytest.mark.parametrize(
    ('line', 'problem'),
    [
        ('python tools/trian.py x', 'no tool tools/trian.py'),
        ('python tools/train.py', 'the following arguments are required: config'),
        ('A=1 python tools/test.py c p --launcher gpu', 'invalid choice'),
        ('python tools/train.py c.py --work-dirs w', 'unrecognized arguments: --work-dirs w'),
        ('C=configs/a.py\n  ls && python tools/train.py $C', 'no file configs/a.py'),
        ('cd tools; python train.py c | head; python tran.py', 'no tool tools/tran.py'),
        ('for m in train tran; do python tools/$m.py c; done', 'no tool tools/tran.py'),
        ('bash tools/dist_train.sh c --resume', 'expected a number of processes'),
        ('tools/dist_test.sh c p 8 --nothing', 'unrecognized arguments: --nothing'),
        ('mmlandmark covert a b', 'no command mmlandmark covert'),
        ('python -m mmlandmark audit a.json --nothing', 'unrecognized arguments'),
        ('make ${WHAT:-tests}', 'no make tests'),
        ("pip install '.[stacks]' -r requirements/x.txt", 'no extra stacks'),
        ('pyhton tools/train.py c', 'unknown program pyhton'),
        ('python tools/test.py configs/x/y.py c.pth', 'no file configs/x/y.py'),
        (
            'python tools/train.py configs/converter/pairs_residual.py --cfg-options modl.x=1',
            "KeyError: 'modl'",
        ),
    ],
)
def test_wrong_commands_are_found(written, line: str, problem: str) -> None:
    found = problems_of(written(shell=line))
    assert len(found) >= 1 and problem in ' '.join(found) and found[0].startswith('page.md:')


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('x = (', 'no Python'),
        ('from mmlandmark.schemas import get_scheme', 'no mmlandmark.schemas get_scheme'),
        ('import mmlandmark.nothing', 'no mmlandmark.nothing'),
    ],
)
def test_wrong_python_is_found(written, text: str, problem: str) -> None:
    (found,) = problems_of(written(python=text))
    assert found.startswith(f'page.md:2: {problem}')


def test_wrong_commands_in_the_text_are_found() -> None:
    text = 'So `mmlandmark covert a` and `python tools/test.py --no`.\n```bash\n`tools/x.py y`\n```'
    found = prose_problems('page.md', f'{text}\n`tools/train.py` is fine, `tools/x.py --a` is not')
    assert [line.partition('`: ')[2][:20] for line in found] == [
        'no command mmlandmar', 'no tool tools/x.py'
    ]  # fmt: skip


def test_commands_are_no_output(tmp_path) -> None:
    (tmp_path / 'page.md').write_text('```\n$ ls\n```\n```text\nmmlandmark info \n```\n```c\n```')
    found = problems_of(read_blocks('page.md', tmp_path))
    assert [line.partition(': ')[2][:9] for line in found] == 2 * ['a command'] + ['nothing c']


def test_a_block_that_nobody_runs_is_named(monkeypatch, tmp_path) -> None:
    (tmp_path / 'page.md').write_text(PAGE.format(shell='ls\n  make test', python='x = 1'))
    monkeypatch.setattr('doc_blocks.REPO', tmp_path)
    monkeypatch.setattr('doc_blocks._TAKEN', set())
    monkeypatch.setitem(COMMANDS, 'page.md', {'make test': 'some reason'})
    page = Page('page.md')
    left = [line.partition(': no test runs')[0] for line in blocks_left([page])]
    assert left == ['page.md:2', 'page.md:8', 'page.md:11']
    assert page.one('python').run()['x'] == 1
    assert page.commands('ls')[0].take() == ['ls']
    assert page.one('').take() == 'an output\n'
    assert blocks_left([page]) == []
    page.one('bash').take()
    assert 'page.md:9: runs, though' in blocks_left([page])[0]


def test_a_part_of_a_page_is_named_by_its_title() -> None:
    whole, data, rest = (
        Page('docs/hands.md', *titles, but=but)
        for titles, but in (((), ()), (('Data',), ()), ((), ('Data',)))
    )
    assert 0 < len(data.blocks) < len(whole.blocks) == len(data.blocks) + len(rest.blocks)
    assert len(Page('docs/hands.md', 'Data', but=('In a config',)).blocks) == len(data.blocks) - 1
