"""The commands, options and example of docs/mediapipe.md."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from doc_blocks import Page

from mmlandmark.annotations.extraction_command import parse_args
from mmlandmark.schemas import get_mapping, get_schema

PAGE = Page('docs/mediapipe.md')


@pytest.fixture
def guide():
    return PAGE.whole


def test_the_options_are_those_of_the_commands(guide, capsys):
    with pytest.raises(SystemExit):
        parse_args('', ['--help'])
    known = set(re.findall(r'--[a-z][a-z-]+', capsys.readouterr().out)) - {'--help', '--debug'}
    assert set(re.findall(r'^\| `(--[a-z-]+)`', guide, re.MULTILINE)) == known
    defaults = parse_args('', ['in', 'out'])
    assert re.search(rf'`--confidence` .* {defaults.confidence} \|', guide)
    assert re.search(rf'`--border` .* {defaults.border:g} \|', guide)


def test_the_mesh_of_a_file_is_converted(tmp_path, monkeypatch):
    """A file as the guide shows it, with a point for each vertex."""
    shown = json.loads(PAGE.one('json').take())
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 1, (get_schema('mesh478').num_keypoints, 3))
    shown['landmarks'] = [dict(zip('xyz', point, strict=True)) for point in points.tolist()]
    (tmp_path / 'landmarks').mkdir()
    (tmp_path / 'landmarks/1_landmarks.json').write_text(json.dumps(shown))
    monkeypatch.chdir(tmp_path)
    names = PAGE.one('python').run()
    target = get_mapping('mesh478-to-face68').target
    assert names['face68'].shape == (68, 2) and (names['visible'] == 2).all()
    np.testing.assert_allclose(
        names['face68'][target.index('right_eye_0')], points[33, :2] * (640, 480)
    )
