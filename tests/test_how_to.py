"""docs/how-to.md: what takes seconds is run, what takes hours or a model is looked at."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from doc_blocks import Page
from served_python import served_python
from tutorial_reader import Reader
from two_sides import one_side

from mmlandmark.schemas import get_schema
from mmlandmark.synthetic import make_faces, pair_document

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402

import mmlandmark  # noqa: E402, F401  registers what configs name

FILES = Page('docs/how-to.md', 'Files')
CONVERTERS = Page('docs/how-to.md', 'Make one from pairs', 'Use it where there is only numpy')
MODELS = Page('docs/how-to.md', 'Compare two models', 'Measure something')
WEIGHTS = Page('docs/how-to.md', 'Weigh data sets')

pytestmark = pytest.mark.slow
TURNED = 3


def write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content))


def points_of(path: Path) -> np.ndarray:
    faces = json.loads(path.read_text())['annotations']
    return np.array([face['keypoints'] for face in faces]).reshape(len(faces), -1, 3)


@pytest.fixture(scope='module')
def folder(repo, tmp_path_factory):
    """The checkout of a reader who has faces in two schemas; one of them has its sides wrong."""
    folder = tmp_path_factory.mktemp('checkout')
    for name in ('tools', 'configs'):
        (folder / name).symlink_to(repo / name)
    pairs = pair_document(make_faces(60, seed=3, pictures_per_identity=1))
    ours, theirs = (one_side(pairs, side) for side in ('source', 'target'))
    write(folder / 'my_48.json', theirs)
    schema = get_schema('face68')
    for category in ours['categories']:
        category.pop('keypoints')
    write(folder / 'nameless.json', ours)
    ours['categories'] = one_side(pairs, 'source')['categories']
    write(folder / 'right_68.json', ours)
    face = ours['annotations'][TURNED]
    points = np.reshape(face['keypoints'], (-1, 3))[schema.flip_indices]
    face['keypoints'] = points.ravel().tolist()
    write(folder / 'my_68.json', ours)
    return folder


@pytest.fixture(scope='module')
def reader(folder, tmp_path_factory):
    programs = tmp_path_factory.mktemp('programs')
    with served_python(programs):
        yield Reader(folder, programs)


def test_what_is_done_with_files(reader, folder):
    reader.follow(FILES)
    np.testing.assert_allclose(
        points_of(folder / 'mended_68.json'), points_of(folder / 'right_68.json')
    )
    bare, given = points_of(folder / 'without_jaw.json'), points_of(folder / 'my_68.json')
    jaw = get_schema('face68').indices('jaw')
    assert not bare[:, jaw].any()
    np.testing.assert_array_equal(np.delete(bare, jaw, 1), np.delete(given, jaw, 1))
    np.testing.assert_allclose(points_of(folder / 'from_cvat.json'), given, atol=1e-6)
    named, mapped = (points_of(folder / f'{how}_48.json') for how in ('named', 'mapped'))
    np.testing.assert_array_equal(np.delete(named, TURNED, 0), np.delete(mapped, TURNED, 0))


def test_a_converter_is_made_and_used_with_numpy(reader, capsys):
    reader.follow(CONVERTERS)
    assert '(5, 48, 2)' in capsys.readouterr().out


def test_models_are_compared_and_measured(reader, capsys):
    reader.follow(MODELS)
    assert "['nose', 'eyes']" in capsys.readouterr().out


def test_the_weights_reach_the_config(reader, folder):
    reader.follow(WEIGHTS)
    config = Config.fromfile(folder / 'weighed.py')
    assert config.train_dataloader.sampler.shares == dict(coco=2, mpii=1)
    assert config.model.head.dataset_weights == dict(mpii=2.0)
    assert config.model.head.type == 'UnionHeatmapHead'
