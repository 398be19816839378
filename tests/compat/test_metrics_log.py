"""The metrics of a test are written by one of several processes."""

import json
from types import SimpleNamespace

from mmengine.dist import utils
from mmengine.hooks import LoggerHook


def test_one_process_writes_what_all_would(tmp_path, monkeypatch):
    said = []
    processor = SimpleNamespace(get_log_after_epoch=lambda *_, **__: ({'AP': 0.5}, 'AP: 0.5'))
    runner = SimpleNamespace(
        log_processor=processor,
        logger=SimpleNamespace(info=said.append),
        log_dir=str(tmp_path),
        test_dataloader=[],
    )
    hook = LoggerHook()
    hook.json_log_path = 'test.json'
    for rank, files in ((1, 0), (0, 1)):
        monkeypatch.setattr(utils, 'get_rank', lambda group=None, rank=rank: rank)
        hook.after_test_epoch(runner)
        assert len(list(tmp_path.iterdir())) == files
    assert json.loads((tmp_path / 'test.json').read_text()) == {'AP': 0.5}
    assert said == ['AP: 0.5', 'AP: 0.5']
