"""What CONTRIBUTING.md shows: one of each, in a package of its own, is found and works."""

import importlib
import json
import re
import sys

import numpy as np
import pytest
from doc_blocks import Page

pytest.importorskip('mmpose')

import torch  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402
from mmpose.registry import DATASETS, METRICS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.converters.registry import _NETWORKS, NetworkContext, list_networks  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402
from mmlandmark.schemas.layout import schema_layout  # noqa: E402

PAGE = Page('CONTRIBUTING.md')
FILE = re.compile(r'^# file: (\S+)\n(.*)', re.DOTALL)
POINTS = np.array([[5, 5], [3, 1], [7, 1], [1, 5], [9, 5]], dtype=np.float32)


@pytest.fixture(scope='module')
def package(tmp_path_factory):
    """The folder of the package that the page makes, importable for these tests."""
    folder = tmp_path_factory.mktemp('package')
    (folder / 'my_landmarks').mkdir()
    (folder / 'my_landmarks' / '__init__.py').touch()
    assert len(PAGE.python) == 4
    for block in PAGE.python:
        file, content = FILE.match(block.take()).groups()
        (folder / file).write_text(content, encoding='utf-8')
    sys.path.insert(0, str(folder))
    yield folder / 'my_landmarks'
    sys.path.remove(str(folder))
    for name in [n for n in sys.modules if n.split('.')[0] == 'my_landmarks']:
        del sys.modules[name]
    for registry, name in ((DATASETS, 'WhiskerDataset'), (METRICS, 'WorstError')):
        registry.module_dict.pop(name, None)
    _NETWORKS.pop('nudge', None)


def test_the_schema_is_read_and_drawn(package):
    schema = get_schema(package / 'whisker5.py')
    assert schema.swaps == (('right_eye', 'left_eye'), ('right_whisker', 'left_whisker'))
    assert np.isfinite(schema_layout(schema, columns=False)).all()


def coco_file(package, points):
    labels = [value for x, y in points.tolist() for value in (x, y, 2)]
    document = {
        'images': [{'id': 1, 'file_name': 'a.png', 'width': 10, 'height': 10}],
        'annotations': [{'id': 7, 'image_id': 1, 'category_id': 1, 'keypoints': labels}],
        'categories': [get_schema(package / 'whisker5.py').to_category()],
    }
    path = package / 'cats.json'
    path.write_text(json.dumps(document))
    return path


def test_the_data_set_is_built_by_name_and_refuses_wrong_files(package):
    importlib.import_module('my_landmarks.whiskers')
    config = dict(type='WhiskerDataset', ann_file=str(coco_file(package, POINTS)), pipeline=[])
    dataset = DATASETS.build(config)
    assert dataset.metainfo['dataset_name'] == 'whiskers'
    np.testing.assert_array_equal(dataset[0]['keypoints'][0], POINTS)
    path = coco_file(package, POINTS)
    path.write_text(path.read_text().replace('"keypoints": [5.0', '"keypoints": ["x"'))
    with pytest.raises(LandmarkError, match=r'cats\.json.*annotation 7'):
        DATASETS.build(config)


def test_the_converter_is_built_by_name(package):
    importlib.import_module('my_landmarks.nudge')
    context = NetworkContext(source=get_schema(package / 'whisker5.py'), target=get_schema('aic14'))
    network = list_networks()['nudge'](context, scale=0.0)
    given = torch.rand(3, 5, 2), torch.ones(3, 5, dtype=torch.bool)
    assert network(*given).shape == (3, 14, 2) and network(*given).abs().max() == 0


def test_the_metric_is_built_by_name_and_right(package):
    importlib.import_module('my_landmarks.worst')
    metric = METRICS.build(dict(type='WorstError', norm='eyes'))
    schema = get_schema(package / 'whisker5.py')
    metric.dataset_meta = {'schema': schema}
    moved = POINTS.copy()
    moved[3] += (3, 4)  # by 5, and the eyes are 4 apart
    moved[0] += 1
    moved[4] += 100
    visible = np.array([[1, 1, 1, 1, 0]], dtype=np.float32)  # what is not labelled counts nothing
    sample = PoseDataSample(metainfo=dict(id=1, img_id=1))
    bboxes = np.array([[0, 0, 10, 10]], dtype=np.float32)
    sample.gt_instances = InstanceData(
        keypoints=POINTS[None], keypoints_visible=visible, bboxes=bboxes
    )
    sample.pred_instances = InstanceData(
        keypoints=moved[None], keypoint_scores=np.ones((1, 5), np.float32)
    )
    metric.process({}, [sample.to_dict()])
    assert metric.evaluate(1)['worst/eyes'] == pytest.approx(5 / 4)


def test_the_commands_are_there(repo):
    makefile = (repo / 'Makefile').read_text(encoding='utf-8')
    for target in re.findall(r'(?:^|`)make ([a-z-]+)', PAGE.whole, re.MULTILINE):
        assert re.search(rf'^{target}:', makefile, re.MULTILINE), target
