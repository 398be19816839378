"""MMEngine's checkpoints reload; files that would run code are refused."""

import builtins
import collections
import functools
import http.server
import os
import pickle
import threading

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.runner.checkpoint import CheckpointLoader

from mmlandmark.compat.checkpoint import history_buffer_statistic
from mmlandmark.errors import LandmarkError


class Reduces:
    """Pickles as a call of ``function(*args)``."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def load(path):
    return CheckpointLoader.load_checkpoint(str(path), map_location='cpu', logger='silent')


def test_what_mmengine_saves_comes_back(tmp_path):
    hub = MessageHub.get_instance('test_checkpoint')
    for step in range(3):
        hub.update_scalar('train/loss', float(step))
    hub.update_info('best', np.float64(0.5))
    content = dict(
        state_dict={'weight': torch.arange(3.0)},
        message_hub=hub.state_dict(),
        meta=dict(
            epoch=np.int64(2),
            half=np.float16(1.5),
            flags=np.array([True, False]),
            text=np.array(['a', 'bc']),
            ids=np.arange(4, dtype=np.uint8),
            links=np.array([], dtype=np.int64),
        ),
    )
    torch.save(content, tmp_path / 'epoch.pth')
    loaded = load(tmp_path / 'epoch.pth')
    buffer = loaded['message_hub']['log_scalars']['train/loss']
    assert isinstance(buffer, HistoryBuffer)
    assert buffer.mean() == 1 and buffer.statistics('max') == 2
    assert loaded['message_hub']['runtime_info']['best'] == 0.5
    for key, value in content['meta'].items():
        assert np.array_equal(loaded['meta'][key], value), key
        assert loaded['meta'][key].dtype == value.dtype
    assert torch.equal(loaded['state_dict']['weight'], torch.arange(3.0))


@pytest.mark.parametrize('package', ['numpy.core', 'numpy._core'])
def test_arrays_of_both_numpy_versions_load(tmp_path, package):
    """A file names numpy's internals as the numpy that wrote it called them."""
    torch.save({'a': np.arange(3), 's': np.float32(2)}, tmp_path / 'old.pth')
    written = b'numpy._core' if int(np.__version__.split('.')[0]) >= 2 else b'numpy.core'
    import zipfile

    with (
        zipfile.ZipFile(tmp_path / 'old.pth') as source,
        zipfile.ZipFile(tmp_path / 'new.pth', 'w') as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name.endswith('data.pkl'):
                assert written in data
                data = data.replace(written + b'.multiarray', package.encode() + b'.multiarray')
            target.writestr(name, data)
    loaded = load(tmp_path / 'new.pth')
    assert loaded['a'].tolist() == [0, 1, 2] and loaded['s'] == 2


def malicious(marker):
    return {
        'os.system': Reduces(os.system, f'touch {marker}'),
        'eval': Reduces(eval, f'open({str(marker)!r}, "w")'),
        'getattr': Reduces(getattr, collections.OrderedDict, '__init__'),
        'getattr of the class': Reduces(getattr, HistoryBuffer, '__init__'),
        'getattr of a class attribute': Reduces(getattr, HistoryBuffer, 'register_statistics'),
        'partial': functools.partial(os.system, f'touch {marker}'),
        'import': Reduces(builtins.__import__, 'this'),
    }


@pytest.mark.parametrize('name', list(malicious('x')))
@pytest.mark.parametrize('legacy', [False, True])
def test_a_file_that_runs_code_is_refused_in_one_line(tmp_path, name, legacy):
    marker = tmp_path / 'marker'
    path = tmp_path / 'evil.pth'
    torch.save(
        {'state_dict': {}, 'meta': malicious(marker)[name]},
        path,
        _use_new_zipfile_serialization=not legacy,
    )
    with pytest.raises(LandmarkError, match='asks to run code') as caught:
        load(path)
    assert not marker.exists()
    assert str(path) in str(caught.value) and '\n' not in str(caught.value)


def test_a_chain_of_allowed_calls_reaches_nothing(tmp_path):
    """A statistic that is looked up may not lead on to the module that defines it."""
    inner = Reduces(getattr, HistoryBuffer, 'mean')
    torch.save({'x': Reduces(getattr, inner, '__globals__')}, tmp_path / 'chain.pth')
    with pytest.raises(LandmarkError):
        load(tmp_path / 'chain.pth')


@pytest.mark.parametrize('text', ['{"images": []}', 'hello', 'h\x01', '0', 'R', 'version 1', ''])
def test_a_file_of_another_kind_is_not_said_to_run_code(tmp_path, text):
    path = tmp_path / 'text.pth'
    path.write_text(text)
    found = 'a file of another kind' if text else 'an empty file'
    with pytest.raises(LandmarkError, match=f'text.pth: is {found}; expected a checkpoint$'):
        load(path)


@pytest.mark.parametrize('content', [b'PK\x03\x04 no ZIP', b'PK', b'\x80', b'\x80\x02 no pickle'])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / 'text.pth'
    path.write_bytes(content)
    with pytest.raises(LandmarkError, match='text.pth: not loaded') as caught:
        load(path)
    assert '\n' not in str(caught.value)


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / 'half.pth'
    torch.save({'w': torch.zeros(1000)}, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(LandmarkError, match='half.pth: not loaded: the file is damaged'):
        load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='absent.pth'):
        load(tmp_path / 'absent.pth')


@pytest.mark.parametrize(
    ('owner', 'name'),
    [(os, 'system'), (HistoryBuffer, '__init__'), (HistoryBuffer, 'update'), (object(), 'mean')],
)
def test_the_stand_in_for_getattr_answers_for_statistics_only(owner, name):
    with pytest.raises(pickle.UnpicklingError):
        history_buffer_statistic(owner, name)
    assert history_buffer_statistic(HistoryBuffer, 'mean') is HistoryBuffer.mean


@pytest.fixture
def server(tmp_path):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True).start()
        yield f'http://127.0.0.1:{httpd.server_address[1]}'
        httpd.shutdown()


def test_downloads_are_loaded_without_running_code(tmp_path, server, monkeypatch):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'home'))
    monkeypatch.setenv('no_proxy', '*')
    torch.save({'w': torch.ones(2)}, tmp_path / 'good.pth')
    torch.save(malicious(tmp_path / 'marker')['os.system'], tmp_path / 'evil.pth')
    assert load(f'{server}/good.pth')['w'].tolist() == [1, 1]
    with pytest.raises(LandmarkError, match='asks to run code'):
        load(f'{server}/evil.pth')
    assert not (tmp_path / 'marker').exists()
