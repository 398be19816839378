"""The examples of docs/pairs.md are true."""

import json

import orjson
from doc_blocks import Page
from mmengine.runner import Runner
from two_sides import one_side

from mmlandmark.synthetic import make_faces, pair_document

PAGE = Page('docs/pairs.md')


def test_the_pair_file_of_the_guide_has_the_keys_of_real_ones(shared_data):
    example = json.loads(PAGE.one('json').take())
    real = [
        json.loads((shared_data / folder / 'val.json').read_text())
        for folder in ('body_coco17_mpii16', 'face68_face48')
    ]
    known = {key for data in real for key in data['annotations'][0]}
    assert set(example['annotations'][0]) <= known
    assert set(example['categories'][0]) <= set(real[0]['categories'][0])


def test_the_data_set_of_the_guide_is_built(shared_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'pairs.json').symlink_to(shared_data / 'body_coco17_mpii16' / 'val.json')
    config = PAGE.one('python').run()['train_dataloader']
    config['dataset']['type'] = 'mmpose.' + config['dataset']['type']
    loader = Runner.build_dataloader(config)
    assert next(iter(loader))['inputs']['keypoints'].shape == (256, 17, 2)


def test_the_command_of_the_guide_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pairs = pair_document(make_faces(5, seed=0, pictures_per_identity=1))
    for name, side in (('coco', 'source'), ('mpii', 'target')):
        (tmp_path / f'{name}.json').write_bytes(orjson.dumps(one_side(pairs, side)))
    (command,) = PAGE.commands()
    assert command.run() == 0, capsys.readouterr().err
    assert len(json.loads((tmp_path / 'pairs.json').read_text())['annotations']) == 5
