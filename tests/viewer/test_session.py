"""What a run of the viewer looks at, and the input that it refuses."""

import json

import numpy as np
import orjson
import pytest
import torch

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters import KeypointConverter
from mmlandmark.models.converters.checkpoint import META_KEY, PREFIX
from mmlandmark.schemas import get_mapping, get_schema
from mmlandmark.synthetic import make_faces
from mmlandmark.viewer import ViewerSession
from viewer.viewed import FACES, document


def test_schemas_are_found_by_their_names_in_whatever_order(tmp_path):
    names = list(get_schema('face68').keypoints)[::-1]
    content = document()
    content['categories'][0] |= {'keypoints': names, 'skeleton': []}
    own = {'id': 2, 'name': 'own', 'keypoints': ['a', 'b'], 'skeleton': [[1, 2]]}
    content['categories'].append(own)
    extra = {'id': 99, 'image_id': 9, 'category_id': 2, 'keypoints': [1, 2, 2, 3, 4, 1]}
    content['annotations'].append(extra)
    path = tmp_path / 'two.json'
    path.write_bytes(orjson.dumps(content))
    session = ViewerSession(path)
    assert [s.name for s in session.file.schemas] == ['face68', 'own']
    assert session.schema('own').skeleton == (('a', 'b'),)
    assert session.picture_of(session.schema('own')).tolist() == [8]
    assert len(session.file.read(session.schema('face68'))) == FACES
    assert session.truth.schemas[0].name == 'face48'  # a file of pairs has its own truth


def test_an_own_schema_is_taken_before_a_shipped_one(files, tmp_path):
    own = {**get_schema('face68').to_json(), 'name': 'mine'}
    path = tmp_path / 'mine.json'
    path.write_text(json.dumps(own))
    session = ViewerSession(files['faces'], files['pictures'], schemas=[path])
    assert [s.name for s in session.file.schemas] == ['mine']
    assert session.converter(session.schema('mine'), 'face68-to-face48').name == 'face68-to-face48'


def test_schemas_of_one_name_are_told_apart(files, tmp_path):
    path = tmp_path / 'face48.json'
    path.write_text(json.dumps({'name': 'face48', 'keypoints': ['a', 'b']}))
    session = ViewerSession(files['faces'], files['pictures'], truth=files['truth'], targets=[path])
    assert session.schema('face48').num_keypoints == 48
    other = session.schema('face48 (2)')
    assert other.keypoints == ('a', 'b') and session.name_of(other) == 'face48 (2)'


def test_drafts_are_checked_as_mappings_are(session):
    schema = session.schema('face68')
    first, second = schema.keypoints[:2]
    top = get_schema('face48').keypoints[0]
    draft = {'target': 'face48', 'rules': {top: {first: 0.25, second: 0.75}}, 'name': 'x'}
    mapping = session.converter(schema, draft)
    assert mapping.name == 'x' and mapping.rules[top] == {first: 0.25, second: 0.75}
    assert session.converter(schema, {**draft, 'rules': {top: {}}}) is None
    for weights, said in (({first: 0.5}, 'sum to 0.5'), ({'nose': 1.0}, "names 'nose', which")):
        with pytest.raises(LandmarkError, match=said):
            session.converter(schema, {**draft, 'rules': {top: weights}})
    with pytest.raises(LandmarkError, match='takes points of'):
        session.converter(schema, 'coco17-to-mpii16')
    with pytest.raises(LandmarkError, match="no converter 'face68-to-fac48'.*did you mean"):
        session.converter(schema, 'face68-to-fac48')


def trained(path):
    """A checkpoint as ``tools/train.py`` writes it."""
    faces = make_faces(60, seed=1)
    converter = KeypointConverter('face68', 'face48', mapping=None, uncertainty=True)
    arrays = (faces.source_points, faces.source_visible, faces.target_points, faces.target_visible)
    converter.fit(*(torch.as_tensor(np.asarray(a, dtype=np.float32)) for a in arrays))
    state = {PREFIX + key: value for key, value in converter.state_dict().items()}
    torch.save({'meta': {META_KEY: json.dumps(converter.describe())}, 'state_dict': state}, path)
    return path


def test_a_trained_converter_and_what_it_infers(files, tmp_path):
    checkpoint = trained(tmp_path / 'best.pth')
    session = ViewerSession(
        files['faces'], files['pictures'], checkpoints=[checkpoint], truth=files['truth']
    )
    schema = session.schema('face68')
    converter = session.converter(schema, 'best.pth')
    _, layer = session.layers(schema, converter)
    assert layer.sigma is not None and layer.inferred[1].any()
    assert 0 < session.measured(schema, converter, 'eye_outer').errors.mean() < 0.05


class Attack:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


def test_a_checkpoint_that_would_run_code_is_refused(files, tmp_path):
    mark = tmp_path / 'ran'
    torch.save({'meta': Attack(mark), 'state_dict': {}}, tmp_path / 'crafted.pth')
    with pytest.raises(LandmarkError, match='would run code'):
        ViewerSession(files['faces'], checkpoints=[tmp_path / 'crafted.pth'])
    assert not mark.exists()


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'images': 'none'}, 'no such folder of pictures'),
        ({'out': 'none'}, 'no such folder to write to'),
        ({'mappings': ['coco17-to-mpii16']}, "takes points of 'coco17'; .* has face68"),
        ({'mappings': ['face68-to-face84']}, "no mapping .*did you mean 'face68-to-face48'"),
        ({'schemas': ['coco17']}, 'does not carry schema'),
        ({'truth': 'none.json'}, 'none.json: cannot be read'),
        ({'keypoints_field': 'points'}, "no category lists names under 'points'"),
    ],
)
def test_wrong_input_is_one_line(files, options, said):
    with pytest.raises(LandmarkError, match=said) as caught:
        ViewerSession(files['faces'], **options)
    assert '\n' not in str(caught.value)


def test_true_points_of_other_ids_are_joined_by_box(files, tmp_path):
    truth = orjson.loads(files['truth'].read_bytes())
    for annotation in truth['annotations']:
        annotation['id'] = FACES + 1 - annotation['id']
    path = tmp_path / 'other_ids.json'
    path.write_bytes(orjson.dumps(truth))
    with pytest.raises(LandmarkError, match='join by box instead'):
        ViewerSession(files['faces'], files['pictures'], truth=path)
    session = ViewerSession(files['faces'], files['pictures'], truth=path, by='box')
    mapping = get_mapping('face68-to-face48')
    found = session.measured(session.schema('face68'), mapping, 'eye_outer')
    assert found.truth_rows.tolist() == list(range(FACES))


def test_given_mappings_of_one_name_are_all_offered(files, tmp_path):
    content = get_mapping('face68-to-face48').to_json() | {'name': 'mine'}
    target = next(iter(content['rules']))
    for name in ('one', 'other'):
        (tmp_path / f'{name}.json').write_bytes(orjson.dumps(content))
        content['rules'] = {target: content['rules'][target]}
    paths = [tmp_path / 'one.json', tmp_path / 'other.json', tmp_path / 'one.json']
    session = ViewerSession(files['faces'], mappings=paths)
    assert [offered.id for offered in session.shelf.given] == ['mine', 'mine (2)']
    assert len(session.shelf.get('mine (2)').converter.rules) == 1
