"""From any format to any other, and the tool."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from coco_files import SQUARE
from made_labels import made_file, same_points
from PIL import Image

from mmlandmark.annotations.formats.convert import FORMATS, convert_format, read_labels
from mmlandmark.errors import LandmarkError

HOLDS_ALL = ('coco', 'fiftyone', 'cvat', 'label-studio')


@pytest.mark.parametrize('name', FORMATS)
def test_a_round_trip_changes_no_point(name, tmp_path):
    source = made_file(tmp_path)
    out = tmp_path / f'out{FORMATS[name].ending}'
    report = convert_format(source, out, out_format=name)
    schema = report.labels.schema
    back, found = read_labels(out, schema=schema, like=source if name == 'sleap' else None)
    assert found == ('coco' if name == 'fiftyone' else name)
    atol = 1e-9 if name == 'label-studio' else 0.0
    same_points(back, report.labels, atol=atol, hidden=name in HOLDS_ALL)
    if name in HOLDS_ALL:
        np.testing.assert_allclose(back.boxes, report.labels.boxes, rtol=0, atol=1e-9)
        np.testing.assert_array_equal(back.sizes, report.labels.sizes)
        assert back.category == 'square'
    else:
        hidden = int((report.labels.visible == 1).sum())
        assert f'{hidden} hidden keypoints are written as seen' in report.text()
        assert '7 boxes are not written' in report.text()
        assert 'the sizes of 4 pictures are not written' in report.text()


@pytest.mark.parametrize('name', ['coco', 'cvat'])
def test_links_are_kept_where_the_format_has_them(name, tmp_path):
    out = tmp_path / f'out{FORMATS[name].ending}'
    convert_format(made_file(tmp_path), out, out_format=name)
    assert read_labels(out)[0].schema.skeleton == SQUARE.skeleton


def test_what_is_lost_is_named(tmp_path):
    path = made_file(tmp_path)
    data = json.loads(path.read_text())
    data['annotations'][2]['segmentation'] = []
    data['images'][0]['license'] = 1
    data['annotations'][0]['category_id'] = 9
    data['categories'].append({'id': 9, 'name': 'other'})
    path.write_text(json.dumps(data))
    text = convert_format(path, tmp_path / 'out.xml').text()
    assert 'fields of annotations that are not written: segmentation (1)' in text
    assert 'fields of pictures that are not written: license (1)' in text
    assert '1 annotations of other categories are left out' in text


def test_a_prefix_is_stripped_before_names_are_compared(tmp_path):
    source, out = made_file(tmp_path), tmp_path / 'out.csv'
    convert_format(source, out, out_format='deeplabcut', prefix='labeled-data/walk/')
    back = tmp_path / 'back.json'
    convert_format(out, back, out_format='coco', strip_prefix='labeled-data/walk/', like=source)
    one, two = (read_labels(path)[0] for path in (source, back))
    assert list(one.files) == list(two.files) and one.sizes.tolist() == two.sizes.tolist()


def test_sizes_are_read_from_the_pictures(tmp_path):
    source = made_file(tmp_path, 1)
    convert_format(source, tmp_path / 'x.csv', out_format='deeplabcut')
    with pytest.raises(
        LandmarkError, match=r'size of picture labeled-data/walk/img001\.png is not'
    ):
        convert_format(tmp_path / 'x.csv', tmp_path / 'x.xml')
    picture = tmp_path / 'labeled-data/walk/img001.png'
    picture.parent.mkdir(parents=True)
    Image.new('RGB', (60, 40)).save(picture)
    convert_format(
        tmp_path / 'x.csv', tmp_path / 'x.xml', root=tmp_path, strip_prefix='', prefix='a/'
    )
    labels, _ = read_labels(tmp_path / 'x.xml')
    assert labels.sizes.tolist() == [[60, 40]]
    assert list(labels.files) == ['a/labeled-data/walk/img001.png']


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(out='x.json'), 'does not say which format to write; say one of coco, fiftyone'),
        (dict(out='x.xml', source_format='cocoo'), r"no format 'cocoo' \(did you mean 'coco'\?\)"),
        (dict(out='x.xml', category='dog'), "0 categories are called 'dog'"),
        (dict(out='x.xml', schema='coco17'), "does not carry schema 'coco17'"),
        (dict(out='x.xml', strip_prefix='b/'), "does not begin with 'b/'"),
        (dict(out='x.csv', out_format='sleap', setup='s'), 'nothing to set up'),
    ],
)
def test_wrong_options_are_one_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = made_file(tmp_path)
    with pytest.raises(LandmarkError, match=message) as error:
        convert_format(source, **arguments)
    assert '\n' not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ['source.json']


def test_the_tool_says_what_it_did_and_what_is_wrong(repo: Path, tmp_path, capsys):
    spec = importlib.util.spec_from_file_location(
        'tool', repo / 'tools/dataset_converters/convert_format.py'
    )
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    source, out = made_file(tmp_path), tmp_path / 'out.csv'
    assert tool.main([str(source), str(out), '--to', 'deeplabcut', '--scorer', 'me']) == 0
    said = capsys.readouterr().out
    assert said.startswith("coco to deeplabcut: 7 instances of 'square' in 4 pictures, 4 keypoints")
    assert out.read_text().startswith('scorer,me,')
    assert tool.main([str(source), str(out), '--to', 'sleap']) == 2
    assert capsys.readouterr().err == f'error: {out}: exists; not written without overwrite\n'
