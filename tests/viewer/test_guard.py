"""Requests that are answered, and all the others."""

import pytest
from fastapi.testclient import TestClient

from mmlandmark.viewer.app import make_app

PORT, TOKEN = 4711, 'the-token-of-this-run'
HERE = f'http://127.0.0.1:{PORT}'


@pytest.fixture
def client(session):
    return TestClient(make_app(session, TOKEN, PORT), base_url=HERE)


def enter(client):
    assert client.get('/', params={'token': TOKEN}).status_code == 200
    return client


def test_the_address_with_its_token_opens_the_page_and_leaves_a_cookie_of_this_port(client):
    page = client.get('/', params={'token': TOKEN})
    assert page.status_code == 200 and '<title>mmlandmark viewer</title>' in page.text
    cookie = page.headers['set-cookie']
    assert cookie.startswith(f'mmlandmark-viewer-{PORT}={TOKEN};')
    assert 'HttpOnly' in cookie and 'SameSite=Strict' in cookie
    assert "default-src 'none'" in page.headers['content-security-policy']
    assert client.get('/api/start').status_code == 200


@pytest.mark.parametrize('path', ['/', '/page/main.js', '/api/start', '/api/picture/0'])
def test_nothing_is_told_without_the_token(client, path):
    assert client.get(path).status_code == 403
    assert client.get(path, params={'token': 'guessed'}).status_code == 403
    client.cookies.set(f'mmlandmark-viewer-{PORT}', 'guessed')
    assert client.get(path).status_code == 403
    client.cookies.set(f'mmlandmark-viewer-{PORT + 1}', TOKEN)
    assert client.get(path).status_code == 403


def test_programs_send_the_token_as_a_header(client):
    headers = {'Authorization': f'Bearer {TOKEN}'}
    assert client.get('/api/start', headers=headers).status_code == 200


@pytest.mark.parametrize('host', ['evil.example', f'evil.example:{PORT}', '127.0.0.1', ''])
def test_a_name_that_was_bound_to_this_machine_is_refused(client, host):
    answer = enter(client).get('/api/start', headers={'Host': host})
    assert answer.status_code == 403 and 'host name' in answer.text


@pytest.mark.parametrize(
    'headers',
    [
        {'Origin': 'http://evil.example'},
        {'Origin': f'http://127.0.0.1:{PORT + 1}'},
        {'Origin': 'null'},
        {'Sec-Fetch-Site': 'cross-site'},
        {'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors'},
    ],
)
def test_other_pages_of_the_browser_are_refused_whatever_they_know(client, headers):
    enter(client)
    assert client.get('/api/start', headers=headers).status_code == 403
    assert client.get('/api/picture/0', headers=headers).status_code == 403
    answer = client.post('/api/export', json={}, headers=headers)
    assert answer.status_code == 403 and 'another page' in answer.text


def test_a_link_may_open_the_address_but_nothing_else(client):
    link = {'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate'}
    assert client.get('/', params={'token': TOKEN}, headers=link).status_code == 200
    assert client.get('/', headers=link).status_code == 403


def test_what_a_form_of_another_page_could_send_is_refused(client, tmp_path):
    body = '{"view": {"schema": "face68", "converter": "face68-to-face48"}, "file_name": "x.json"}'
    for kind in ('text/plain', 'application/x-www-form-urlencoded'):
        answer = enter(client).post('/api/export', content=body, headers={'Content-Type': kind})
        assert answer.status_code == 403
    assert not list((tmp_path / 'out').iterdir())


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(client):
    enter(client)
    page = client.get('/').text
    assert 'http:' not in page and 'https:' not in page and '//cdn' not in page
    assert '<script>' not in page and 'style="' not in page and 'onclick' not in page
    for name in ('docs', 'redoc', 'openapi.json', 'page/..%2fapp.py', 'page/none.js'):
        assert client.get(f'/{name}').status_code == 404


def test_what_other_accounts_can_read_opens_the_page_a_single_time(session):
    app = make_app(session, TOKEN, PORT, 'once')
    first, second = (TestClient(app, base_url=HERE) for _ in range(2))
    assert first.get('/', params={'token': 'once'}).status_code == 200
    refused = second.get('/', params={'token': 'once'})
    assert refused.status_code == 403 and 'used token' in refused.text
    assert second.get('/api/start').status_code == 403
    assert first.get('/api/start').status_code == 200
    assert first.get('/', params={'token': 'once'}).status_code == 200  # by its cookie
    assert second.get('/', params={'token': TOKEN}).status_code == 200
