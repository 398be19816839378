"""The examples of docs/pairs.md are true."""

import json
import re

from mmengine.runner import Runner


def test_the_pair_file_of_the_guide_has_the_keys_of_real_ones(repo, shared_data):
    guide = (repo / 'docs' / 'pairs.md').read_text(encoding='utf-8')
    example = json.loads(re.search(r'```json\n(.*?)```', guide, re.DOTALL)[1])
    real = [
        json.loads((shared_data / folder / 'val.json').read_text())
        for folder in ('body_coco17_mpii16', 'face68_face48')
    ]
    known = {key for data in real for key in data['annotations'][0]}
    assert set(example['annotations'][0]) <= known
    assert set(example['categories'][0]) <= set(real[0]['categories'][0])


def test_the_data_set_of_the_guide_is_built(repo, shared_data, tmp_path, monkeypatch):
    guide = (repo / 'docs' / 'pairs.md').read_text(encoding='utf-8')
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'pairs.json').symlink_to(shared_data / 'body_coco17_mpii16' / 'val.json')
    names: dict = {}
    exec(re.search(r'```python\n(.*?)```', guide, re.DOTALL)[1], names)
    config = names['train_dataloader']
    config['dataset']['type'] = 'mmpose.' + config['dataset']['type']
    loader = Runner.build_dataloader(config)
    assert next(iter(loader))['inputs']['keypoints'].shape == (256, 17, 2)
