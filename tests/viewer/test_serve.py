"""The command: quick help, one-line errors, an address that answers on this machine alone."""

import os
import socket
import subprocess
import sys

import httpx
import pytest

from mmlandmark.cli import main as entry
from mmlandmark.errors import LandmarkError
from mmlandmark.viewer import serve, serving, view


def test_the_printed_address_answers_and_its_server_ends(session):
    with serving(session) as address:
        with httpx.Client() as client:
            assert '<title>' in client.get(address).text
            assert client.get(httpx.URL(address).copy_with(query=None)).status_code == 200
        port = httpx.URL(address).port
        assert httpx.URL(address).host == '127.0.0.1'
        assert httpx.get(f'http://127.0.0.1:{port}/api/start').status_code == 403
        with pytest.raises(LandmarkError, match=f'port {port}: cannot listen on 127.0.0.1'):
            serving(session, port=port).__enter__()
    with pytest.raises(OSError), socket.create_connection(('127.0.0.1', port), timeout=1):
        pass


def test_every_run_has_its_own_token(session):
    with serving(session) as one, serving(session) as other:
        tokens = [httpx.URL(address).params['token'] for address in (one, other)]
    assert tokens[0] != tokens[1] and all(len(token) >= 32 for token in tokens)


def test_view_prints_opens_and_ends_by_ctrl_c(files, monkeypatch, capsys):
    opened = []

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(serve.webbrowser, 'open', opened.append)
    monkeypatch.setattr(serve, 'wait_for_ctrl_c', interrupted)
    view(files['faces'], files['pictures'])
    printed = capsys.readouterr().out
    assert '9 pictures, instances: 8 of face68' in printed
    assert opened[0].startswith('http://127.0.0.1:')
    # what the command line of a browser shows to other accounts is no longer of use
    assert httpx.URL(opened[0]).params['token'] not in printed
    assert opened[0].partition('=')[0] in printed


def test_wrong_input_of_the_command_is_one_line(tmp_path, capsys):
    assert entry.main(['view', str(tmp_path / 'none.json'), '--no-browser']) == 2
    said = capsys.readouterr().err
    assert said.startswith('error: ') and 'none.json' in said and said.count('\n') == 1


def test_mappings_wait_for_no_stack(files, tmp_path):
    """All that the viewer imports and measures, in a process that is the command."""
    code = f"""
import sys
sys.argv = ['mmlandmark']
from mmlandmark.schemas import get_mapping
from mmlandmark.viewer import ViewerSession, serving
session = ViewerSession({str(files['faces'])!r}, truth={str(files['truth'])!r})
schema, mapping = session.schema('face68'), get_mapping('face68-to-face48')
assert session.measured(schema, mapping, 'eye_outer').errors.min() > 0
with serving(session):
    pass
from mmlandmark.viewer.saving import export_file
from mmlandmark.viewer.requests import SaveRequest
view = {{'schema': 'face68', 'converter': 'face68-to-face48'}}
export_file(session, SaveRequest(view=view, file_name='x.json', download=True))
print(sorted({{'torch', 'mmpose', 'mmengine', 'mmcv'}} & set(sys.modules)))
"""
    run = subprocess.run(
        [sys.executable, '-c', code],
        cwd=tmp_path,
        env=os.environ | {'PYTHONPATH': os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == '[]'


def test_help_names_the_options_and_imports_no_viewer(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'mmlandmark.viewer', None)  # importing it would fail
    assert entry.main(['view', '--help']) == 0
    printed = capsys.readouterr().out
    assert '--mapping NAME' in printed and '--truth faces_48.json' in printed
