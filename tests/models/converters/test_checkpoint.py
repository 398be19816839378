"""A converter from its checkpoint alone, and files that are none."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from pair_batches import NETWORKS, source_points

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters import KeypointConverter
from mmlandmark.models.converters.checkpoint import (
    META_KEY,
    PREFIX,
    check_same_schemas,
    check_same_weights,
    load_converter,
)
from models.converters.test_converter import MAPPING, make


def save(converter: KeypointConverter, path, **changes) -> None:
    state = {PREFIX + key: value for key, value in converter.state_dict().items()}
    meta = {META_KEY: json.dumps(converter.describe()), 'epoch': 3}
    torch.save(dict(meta=meta, state_dict=state) | changes, path)


@pytest.mark.parametrize('name', NETWORKS)
def test_the_file_is_enough(name, tmp_path):
    converter = make(name, mapping=MAPPING, image_offset=True, uncertainty=True)
    converter.gate.fill_(0.5)
    save(converter, tmp_path / 'best.pth')
    again = load_converter(tmp_path / 'best.pth')
    assert not again.training and bool(again.fitted)
    points = source_points(20)
    visible = np.where(np.random.default_rng(0).random((20, 6)) < 0.2, 0, 2)
    one, two = (c.convert(points, visible) for c in (converter, again))
    for field in ('points', 'visible', 'inferred', 'sigma'):
        np.testing.assert_array_equal(getattr(one, field), getattr(two, field))


class Attack:
    """What a crafted pickle would do."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


@pytest.mark.parametrize('legacy', [False, True])
def test_a_file_that_would_run_code_is_refused(tmp_path, legacy):
    path, mark = tmp_path / 'crafted.pth', tmp_path / 'ran'
    content = dict(state_dict={}, meta=Attack(mark))
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(LandmarkError, match='crafted.pth: refused: .*would run code') as caught:
        load_converter(path)
    assert '\n' not in str(caught.value) and not mark.exists()


def test_files_that_cannot_be_read(tmp_path):
    path = tmp_path / 'best.pth'
    with pytest.raises(LandmarkError, match='best.pth: no such checkpoint'):
        load_converter(path)
    save(make(), path)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:10], b'', b'not a checkpoint'):
        path.write_bytes(content)
        with pytest.raises(LandmarkError, match='best.pth: ') as caught:
            load_converter(path)
        assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('content', 'found'), [(b'', 'an empty file'), (b'{"images": []}', 'a file of another kind')]
)
def test_files_of_other_kinds_are_not_said_to_run_code(tmp_path, content, found):
    (path := tmp_path / 'faces.json').write_bytes(content)
    with pytest.raises(LandmarkError, match=f'faces.json: is {found}; expected the checkpoint'):
        load_converter(path)


def test_a_device_that_is_not_there(tmp_path):
    save(make(), tmp_path / 'best.pth')
    with pytest.raises(LandmarkError, match="^device 'cuda:77' cannot be used: "):
        load_converter(tmp_path / 'best.pth', 'cuda:77')


@pytest.mark.parametrize(
    'content',
    [
        dict(state_dict={'backbone.weight': torch.zeros(3)}, meta=dict(epoch=1)),
        dict(state_dict={}),
        {'weight': torch.zeros(3)},
        [1, 2],
    ],
)
def test_checkpoints_of_other_models(tmp_path, content):
    torch.save(content, tmp_path / 'other.pth')
    with pytest.raises(LandmarkError, match='not the checkpoint of a LandmarkConverter'):
        load_converter(tmp_path / 'other.pth')


def test_weights_that_do_not_fit_their_description(tmp_path):
    path = tmp_path / 'mixed.pth'
    other = {PREFIX + k: v for k, v in make('mlp').state_dict().items()}
    save(make('residual'), path, state_dict=other)
    with pytest.raises(LandmarkError, match='weights do not fit their description') as caught:
        load_converter(path)
    assert '\n' not in str(caught.value)
    torch.save(dict(meta={META_KEY: json.dumps(make().describe())}), path)
    with pytest.raises(LandmarkError, match='mixed.pth'):
        load_converter(path)
    for broken in ('{', '[]', '{"source_schema": 3}', 7):
        save(make(), path, meta={META_KEY: broken})
        with pytest.raises(LandmarkError, match='mixed.pth'):
            load_converter(path)


def test_other_schemas_are_named():
    description = KeypointConverter('face68', 'face48').describe()
    check_same_schemas(description, KeypointConverter('face68', 'face48'))
    with pytest.raises(LandmarkError, match="target schema 'face48', the config 'aflw21': only"):
        check_same_schemas(description, KeypointConverter('face68', 'aflw21'))
    with pytest.raises(LandmarkError, match="source schema 'face68', the config 'coco17'"):
        check_same_schemas(description, KeypointConverter('coco17', 'face48', mapping=None))


def test_other_networks_are_named():
    converter = make('residual')
    state = {PREFIX + key: value for key, value in converter.state_dict().items()}
    check_same_weights(converter.describe(), state, make('residual'))
    with pytest.raises(LandmarkError, match="'residual'.*the config .*'mlp'"):
        check_same_weights(converter.describe(), state, make('mlp'))
