"""What the page asks, and what is written."""

import json

import orjson
import pytest
from fastapi.testclient import TestClient

from mmlandmark.apis.convert import convert_coco
from mmlandmark.schemas import Mapping, get_mapping, get_schema
from mmlandmark.viewer import ViewerSession
from mmlandmark.viewer.app import make_app
from viewer.test_session import trained
from viewer.viewed import FACES

NAME = 'face68-to-face48'
TOP, FIRST = get_schema('face48').keypoints[0], get_schema('face68').keypoints[0]
VIEW = {'schema': 'face68', 'converter': NAME, 'normalizer': 'eye_outer'}


def client_of(session):
    headers = {'Authorization': 'Bearer token'}
    return TestClient(
        make_app(session, 'token', 4711), base_url='http://127.0.0.1:4711', headers=headers
    )


@pytest.fixture
def client(session):
    return client_of(session)


def draft(**changes):
    mapping = get_mapping(NAME)
    rules = {target: dict(rule) for target, rule in mapping.rules.items()}
    return {'target': 'face48', 'rules': rules, 'name': 'mine', 'description': 'own', **changes}


def save(client, what='mapping', **body):
    given = {'view': {**VIEW, 'converter': draft()}, 'file_name': 'mine.json', **body}
    return client.post(f'/api/{what}', json=given)


def test_the_page_learns_what_there_is(client, files):
    start = client.get('/api/start').json()
    assert start['schema'] == 'face68' and start['converter'] == NAME
    assert start['pictures'] == FACES + 1 and start['truthSchema'] == 'face48'
    offered = client.get('/api/converters', params={'schema': 'face68'}).json()
    assert offered[0]['id'] == NAME and 'face68-to-face48-mirrored' in [c['id'] for c in offered]
    assert offered[0]['rules'] == draft()['rules']
    schema = client.get('/api/schema', params={'name': 'face48'}).json()
    assert schema['keypoints'] == list(get_schema('face48').keypoints)
    assert schema['partners'] == get_schema('face48').flip_indices.tolist()


def test_pages_of_the_list_make_up_the_whole(client):
    def page(**asked):
        return client.post('/api/list', json={'view': VIEW, **asked}).json()

    whole = page(sort='error', descending=True)
    assert whole['matched'] == FACES and whole['total'] == FACES + 1
    assert whole['measure']['measured'] == FACES and whole['measure']['excluded'] == {}
    errors = [p['error'] for p in whole['pictures']]
    assert errors == sorted(errors, reverse=True)
    parts = [page(sort='error', descending=True, offset=o, limit=3) for o in (0, 3, 6)]
    assert [p for part in parts for p in part['pictures']] == whole['pictures']
    empty = page(empty=True)['pictures'][-1]
    assert empty['instances'] == 0 and empty['error'] is None


def test_points_of_a_picture_are_those_of_the_files(client, files):
    data = client.post('/api/points', json={'view': VIEW, 'index': 2}).json()
    (instance,) = data['instances']
    expected = get_mapping(NAME)
    _, converted = convert_coco(expected, files['faces'])
    given = [v for point in instance['converted']['points'] for v in point]
    assert given == pytest.approx(converted['annotations'][2]['keypoints'], abs=1e-3)
    truth = orjson.loads(files['truth'].read_bytes())['annotations'][2]['keypoints']
    (true,) = data['truth']['instances']
    assert [v for point in true['points'] for v in point] == pytest.approx(truth)
    assert instance['truth'] == true['id'] == 3 and data['size'] == [256, 256]


def test_pictures_and_thumbnails(client, files):
    picture = client.get('/api/picture/0')
    first = sorted(files['pictures'].glob('synthetic*'))[0]
    assert picture.content == first.read_bytes() and picture.headers['content-type'] == 'image/png'
    assert client.get('/api/thumbnail/0').headers['content-type'] == 'image/jpeg'
    for index in (-1, FACES + 1):
        answer = client.get(f'/api/picture/{index}')
        assert answer.status_code == 400 and 'there is no picture' in answer.json()['error']


def test_a_picture_outside_the_folder_is_refused_and_its_points_are_still_shown(files, tmp_path):
    content = orjson.loads(files['faces'].read_bytes())
    content['images'][0]['file_name'] = '../faces.json'
    path = tmp_path / 'faces.json'
    path.write_bytes(orjson.dumps(content))
    client = client_of(ViewerSession(path, files['pictures']))
    for kind in ('picture', 'thumbnail'):
        answer = client.get(f'/api/{kind}/0')
        assert answer.status_code == 400 and 'outside the picture folder' in answer.json()['error']
    view = {'schema': 'face68'}
    data = client.post('/api/points', json={'view': view, 'index': 0}).json()
    assert 'outside' in data['problem'] and data['instances'][0]['source']['points']


def test_a_mapping_is_saved_and_offered(client, tmp_path):
    told = save(client).json()
    written = Mapping.from_file(tmp_path / 'out' / 'mine.json')
    assert written.name == 'mine' and written.description == 'own'
    assert written.rules == get_mapping(NAME).rules
    assert told['written'] == str(tmp_path / 'out' / 'mine.json') and '22 of 48' in told['summary']
    offered = client.get('/api/converters', params={'schema': 'face68'}).json()
    assert 'mine' in [c['id'] for c in offered]
    assert save(client, download=True).content == (tmp_path / 'out' / 'mine.json').read_bytes()


def test_nothing_is_overwritten_unless_confirmed(client, tmp_path):
    assert save(client).status_code == 200
    before = (tmp_path / 'out' / 'mine.json').read_bytes()
    changed = {**VIEW, 'converter': draft(description='other')}
    answer = save(client, view=changed)
    assert answer.status_code == 409 and answer.json()['exists']
    assert (tmp_path / 'out' / 'mine.json').read_bytes() == before
    assert save(client, view=changed, overwrite=True).status_code == 200
    assert Mapping.from_file(tmp_path / 'out' / 'mine.json').description == 'other'


@pytest.mark.parametrize(
    ('rules', 'said'),
    [
        ({}, 'no target point has a source'),
        ({TOP: {FIRST: 0.5}}, 'sum to 0.5, expected 1'),
        ({'none': {FIRST: 1.0}}, "names 'none', which is not one"),
    ],
)
def test_a_wrong_mapping_is_not_written_at_all(client, tmp_path, rules, said):
    answer = save(client, view={**VIEW, 'converter': draft(rules=rules)})
    assert answer.status_code == 400
    assert said in answer.json()['error']
    assert not list((tmp_path / 'out').iterdir())


def test_not_a_number_is_no_weight(client, tmp_path):
    body = json.dumps(
        {'view': {**VIEW, 'converter': draft(rules={TOP: {FIRST: float('nan')}})}}
        | {'file_name': 'mine.json'}
    )
    answer = client.post('/api/mapping', content=body, headers={'Content-Type': 'application/json'})
    assert answer.status_code in (400, 422) and not list((tmp_path / 'out').iterdir())


def test_the_exported_file_is_that_of_the_command(client, files, tmp_path):
    answer = save(client, 'export', view=VIEW, file_name='converted.json')
    assert f'{FACES} of {FACES} annotations converted' in answer.json()['summary']
    written = orjson.loads((tmp_path / 'out' / 'converted.json').read_bytes())
    _, expected = convert_coco(get_mapping(NAME), files['faces'])
    assert written == expected
    download = save(client, 'export', view=VIEW, file_name='é.json', download=True)
    assert download.json() == expected
    assert "filename*=UTF-8''%C3%A9.json" in download.headers['content-disposition']
    nothing = save(client, 'export', view={**VIEW, 'converter': None})
    assert 'nothing converts' in nothing.json()['error']


def test_without_an_output_folder_nothing_is_written(files, tmp_path):
    client = client_of(ViewerSession(files['faces'], files['pictures']))
    answer = save(client)
    assert answer.status_code == 400 and '--out FOLDER' in answer.json()['error']
    assert save(client, download=True).status_code == 200


@pytest.mark.parametrize('body', [{}, {'view': {'schema': 'face68', 'x': 1}}, {'view': 3}])
def test_a_malformed_question_is_one_line(client, body):
    answer = client.post('/api/list', json=body)
    assert answer.status_code == 422 and '\n' not in answer.json()['error']
    unknown = client.post('/api/list', json={'view': {'schema': 'face86'}})
    assert unknown.status_code == 400 and "did you mean 'face68'" in unknown.json()['error']


def test_an_error_of_the_viewer_itself_is_one_line_too(session):
    client = TestClient(
        make_app(session, 'token', 4711),
        base_url='http://127.0.0.1:4711',
        headers={'Authorization': 'Bearer token'},
        raise_server_exceptions=False,
    )
    answer = client.post('/api/list', json={'view': VIEW, 'offset': 10**30})
    assert answer.status_code == 500
    assert answer.json()['error'].startswith('/api/list failed: ')


def test_instances_without_the_looked_at_keypoint_are_counted(client, session):
    truth = session.truth.read(get_schema('face48'))
    _, layer = session.layers(session.schema('face68'), get_mapping(NAME))
    both = (truth.visible > 0) & (layer.visible > 0)
    column = next(k for k in range(48) if 0 < both[:, k].sum() < FACES)
    point = get_schema('face48').keypoints[column]
    asked = {'view': VIEW, 'keypoint': point}
    measure = client.post('/api/list', json=asked).json()['measure']
    assert measure['measured'] == both[:, column].sum()
    assert measure['excluded'] == {f'without {point} in both': FACES - both[:, column].sum()}


def test_files_of_schemas_are_not_replaced_either(files, tmp_path):
    content = get_schema('face48').to_json() | {'name': 'my48'}
    (tmp_path / 'my48.json').write_bytes(orjson.dumps(content))
    before = (tmp_path / 'my48.json').read_bytes()
    target = tmp_path / 'my48.json'
    session = ViewerSession(files['faces'], files['pictures'], targets=[target], out=tmp_path)
    answer = save(client_of(session), 'export', view=VIEW, file_name='my48.json', overwrite=True)
    assert answer.status_code == 400 and 'files being viewed' in answer.json()['error']
    assert target.read_bytes() == before


def test_thumbnails_of_another_run_have_another_address(files):
    runs = {
        client_of(ViewerSession(files['faces'], files['pictures'])).get('/api/start').json()['run']
        for _ in range(2)
    }
    assert len(runs) == 2


def test_a_saved_mapping_takes_no_trained_converter_away(files, tmp_path):
    trained(tmp_path / 'best.pth')
    session = ViewerSession(files['faces'], checkpoints=[tmp_path / 'best.pth'], out=tmp_path)
    told = save(client_of(session), view={**VIEW, 'converter': draft(name='best.pth')}).json()
    assert told['converter'] == 'best.pth (mapping)'
    assert session.shelf.get('best.pth').kind == 'checkpoint'
