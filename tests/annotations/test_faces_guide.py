"""The commands and figures of the part on data in docs/dog-and-cat-faces.md."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from doc_blocks import Page
from raw_faces import HEIGHT, WIDTH, cat_release, dog_release

PAGE = Page('docs/dog-and-cat-faces.md', 'Data')


@pytest.fixture
def part_on_data() -> str:
    return PAGE.text


def test_every_command_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    dog_release(Path('data/DogFLW'), breeds=12, shots=1)
    cat_release(Path('data/CatFLW'))
    labels = dog_release(Path('dogflw_labels'), breeds=12, shots=1, pictures=False)
    for part in ('train', 'test'):
        stems = [path.stem for path in (labels / part / 'labels').iterdir()]
        sizes = {stem: [WIDTH, HEIGHT] for stem in stems}
        (labels / f'{part}_image_sizes.json').write_text(json.dumps(sizes))
    layout = PAGE.one('').take().replace('{train,test}/{images,labels}', '*/*').split()
    assert all(list(Path().glob(name.replace('{images,labels}', '*'))) for name in layout)
    for command in PAGE.commands():
        assert command.run() == 0, command
    PAGE.one('python').run()
    capsys.readouterr()
    for folder in ('data/DogFLW/annotations', 'data/CatFLW/annotations', 'out', 'dog_faces'):
        assert (Path(folder) / 'val.json').is_file() and (Path(folder) / 'audit.txt').is_file()


def test_the_figures_are_those_of_the_release(part_on_data, shared_data, tmp_path, capsys):
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
