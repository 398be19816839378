"""The commands and figures of the part on data in docs/dog-and-cat-faces.md."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
from raw_faces import HEIGHT, WIDTH, cat_release, dog_release

BLOCK = re.compile(r'^```(bash|python)\n(.*?)^```', re.MULTILINE | re.DOTALL)


@pytest.fixture
def part_on_data(repo: Path) -> str:
    text = (repo / 'docs' / 'dog-and-cat-faces.md').read_text(encoding='utf-8')
    return text.split('## Data\n')[1].split('\n## ')[0]


def run(repo: Path, line: str) -> None:
    """Run one ``python tools/....py`` line of the page in this process."""
    command, script, *options = line.split()
    assert command == 'python'
    spec = importlib.util.spec_from_file_location('tool_of_the_guide', repo / script)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.launch.run(tool.main, tool.parse_args(options)) == 0


def test_every_command_runs(part_on_data, repo, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    dog_release(Path('data/DogFLW'), breeds=12, shots=1)
    cat_release(Path('data/CatFLW'))
    labels = dog_release(Path('dogflw_labels'), breeds=12, shots=1, pictures=False)
    for part in ('train', 'test'):
        stems = [path.stem for path in (labels / part / 'labels').iterdir()]
        sizes = {stem: [WIDTH, HEIGHT] for stem in stems}
        (labels / f'{part}_image_sizes.json').write_text(json.dumps(sizes))
    blocks = BLOCK.findall(part_on_data)
    assert [language for language, _ in blocks] == ['bash', 'bash', 'python']
    for language, text in blocks:
        if language == 'python':
            exec(compile(text, 'dog-and-cat-faces.md', 'exec'), {})
        else:
            for line in text.splitlines():
                run(repo, line)
    capsys.readouterr()
    for folder in ('data/DogFLW/annotations', 'data/CatFLW/annotations', 'out', 'dog_faces'):
        assert (Path(folder) / 'val.json').is_file() and (Path(folder) / 'audit.txt').is_file()


def test_the_figures_are_those_of_the_release(part_on_data, repo, shared_data, tmp_path, capsys):
    from mmlandmark.apis.face_release import convert_face_release

    root = shared_data / 'dogflw_labels'
    result = convert_face_release(root, tmp_path / 'out', sizes=root.glob('*_image_sizes.json'))
    counts = result.audits['train'].counts
    rows = re.findall(r'^\| (?!finding|---|`|file)(.+?) \| (\d+)', part_on_data, re.MULTILINE)
    found = [
        'box_no_overlap', 'box_covers_under_half', 'box_holds_under_90', 'box_past_image',
        'nan_points', 'negative_points', 'mirrored',
    ]  # fmt: skip
    assert [int(number) for _, number in rows] == [counts[name] for name in found]
    breeds = {part: {result.groups[row] for row in rows} for part, rows in result.parts.items()}
    said = (
        f'{len(breeds["val"])} of the {len(breeds["train"] | breeds["val"])} breeds '
        f'({len(result.parts["val"])} faces) become `val.json` and '
        f'{len(result.parts["train"]):,} faces stay'
    )
    assert said in ' '.join(part_on_data.split())
