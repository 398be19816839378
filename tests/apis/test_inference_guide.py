"""The examples of docs/inference.md run, and its options are those of the tool."""

import importlib.util
import re

import cv2
import pytest
from doc_blocks import Page

import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
pytest.importorskip('mmdet')
import torch
from mmdet.registry import MODELS
from mmdet.utils import register_all_modules
from mmengine.registry import DefaultScope

from apis.tiny_faces import landmark_config, make_picture, save_model, write_pictures
from mmlandmark.apis.detection import DEFAULT_DETECTOR
from mmlandmark.apis.load_model import read_config

PAGE = Page('docs/inference.md')
README = Page('README.md', 'Faces of dogs and cats, and landmarks on your own pictures')
OF_TRAINING = {'--cfg-options'}


@pytest.fixture(scope='module')
def guide():
    return PAGE.whole


@pytest.fixture(scope='module')
def tool(repo):
    spec = importlib.util.spec_from_file_location('infer_faces', repo / 'tools' / 'infer_faces.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A user's folder: two models, pictures and a video."""
    folder = tmp_path_factory.mktemp('user')
    config, checkpoint = save_model(folder, landmark_config())
    config.rename(folder / 'config.py')
    checkpoint.rename(folder / 'landmarks.pth')
    register_all_modules(init_default_scope=False)
    cfg, _ = read_config(DEFAULT_DETECTOR)
    cfg.model.backbone.init_cfg = None
    with DefaultScope.overwrite_default_scope('mmdet'):
        detector = MODELS.build(cfg.model)
    detector.init_weights()
    for layer, boxes in zip(detector.bbox_head.rtm_cls, detector.bbox_head.rtm_reg, strict=True):
        torch.nn.init.constant_(layer.bias, 0.0)  # sure of itself, and with large boxes
        torch.nn.init.constant_(boxes.bias, 4.0)
    meta = dict(dataset_meta=dict(classes=('dog_face',)))
    torch.save(dict(state_dict=detector.state_dict(), meta=meta), folder / 'faces.pth')
    (folder / 'pictures').mkdir()
    write_pictures(folder / 'pictures', 1)
    video = cv2.VideoWriter(
        str(folder / 'walk.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 10, (120, 90)
    )
    for number in range(2):
        video.write(make_picture(seed=number))
    video.release()
    return folder


@pytest.mark.slow
def test_every_example_runs(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert len(PAGE.python) == 3
    names: dict = {}
    for block in PAGE.python:
        block.run(names)
    assert [points.shape for points in names['points']] == [(46, 2), (46, 2)]
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith('dog0.png [') for line in lines) >= 1
    assert [line.split()[0] for line in lines[-2:]] == ['walk.mp4#000000', 'walk.mp4#000001']
    (command,) = PAGE.commands('infer_faces.py')
    assert command.run() == 0
    for name in ('landmarks.json', 'landmarks_coco.json', 'drawn/dog0.png'):
        assert (folder / name).is_file()


@pytest.mark.slow
def test_the_example_of_the_readme_runs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert len(README.one('py').run()['results']) == 1


def test_the_options_are_those_of_the_tool(guide, tool, capsys):
    with pytest.raises(SystemExit):
        tool.parse_args(['--help'])
    known = set(re.findall(r'--[a-z][a-z-]+', capsys.readouterr().out))
    named = set(re.findall(r'--[a-z][a-z-]+', guide)) - OF_TRAINING
    assert named <= known
    assert len(named) >= 15
