"""Exported files give what the models give, without torch, and say what is wrong with them."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
pytest.importorskip('mmpose')
pytest.importorskip('onnxruntime')

from apis.tiny_faces import landmark_config, make_picture, save_model  # noqa: E402

from mmlandmark.apis import export  # noqa: E402
from mmlandmark.apis.export_check import compare  # noqa: E402
from mmlandmark.apis.export_formats import FORMATS  # noqa: E402
from mmlandmark.apis.export_graphs import converter_graph, mapping_graph  # noqa: E402
from mmlandmark.apis.landmark_model import LandmarkModel  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.exported import load_exported  # noqa: E402
from mmlandmark.models.converters import KeypointConverter, list_networks  # noqa: E402
from mmlandmark.schemas import get_mapping  # noqa: E402

IN_ONNX = ('residual', 'mlp_attention', 'gnn')
"""One of each kind of operators; the others are parts of these."""
WITHOUT = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('torch', 'mmpose', 'mmengine', 'mmcv', 'mmdet', 'cv2'):
            raise ModuleNotFoundError(f'No module named {name!r}')
sys.meta_path.insert(0, Blocker())
import numpy as np
from mmlandmark.exported import load_exported
"""


def fitted(network, **options):
    """Return a converter from COCO to MPII, fitted to made-up pairs, with random weights."""
    rng = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    converter = KeypointConverter('coco17', 'mpii16', dict(type=network), **options)
    for parameter in converter.network.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.05)
    place = torch.rand(60, 1, 2, generator=rng) * 300
    shapes = [torch.rand(1, n, 2, generator=rng) * 150 for n in (17, 16)]
    noise = [torch.randn(60, n, 2, generator=rng) * 3 for n in (17, 16)]
    points, target = (place + s + e for s, e in zip(shapes, noise, strict=True))
    visible = torch.randint(0, 3, (60, 17), generator=rng)
    boxes = torch.cat([points.amin(1), points.amax(1)], dim=1)
    converter.fit(points, visible, target, torch.full((60, 16), 2), boxes)
    return converter.eval()


def gaps(count=7, seed=0):
    """Return points with gaps and their v; the first is complete, the second empty."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(1000, 1200, (count, 17, 2))
    visible = rng.integers(0, 3, (count, 17))
    visible[0], visible[1] = 2, 0
    points[visible == 0] = np.nan
    return points, visible


def assert_same(found, expected):
    np.testing.assert_allclose(found.points, expected.points, rtol=0, atol=1e-4)
    np.testing.assert_array_equal(found.visible, expected.visible)
    np.testing.assert_array_equal(found.inferred, expected.inferred)
    if expected.sigma is None:
        assert found.sigma is None
    else:
        np.testing.assert_allclose(found.sigma, expected.sigma, rtol=0, atol=1e-4)


def test_every_network_has_its_form_in_numpy_and_in_onnx(tmp_path):
    for number, network in enumerate(list_networks()):
        if network == 'copy_first':  # of a guide, in the same process
            continue
        more = dict(uncertainty=True, image_offset=True) if number % 2 else {}
        converter = fitted(network, **more)
        graph = converter_graph(converter)
        points, visible = gaps()
        expected = converter.convert(points, visible)
        for ending in ('.onnx', '.json') if network in IN_ONNX else ('.json',):
            path = tmp_path / f'{network}{ending}'
            path.write_bytes(FORMATS[ending](graph, 17).content)
            loaded = load_exported(path)
            assert loaded.name == converter.name
            assert loaded.source_schema == converter.source_schema
            assert_same(loaded(points, visible), expected)
            assert_same(loaded(points[:1], visible[:1]), converter.convert(points[:1], visible[:1]))
            one = loaded(points[3])
            assert one.points.shape == (16, 2) and one.visible.shape == (16,)
            assert len(loaded(points[:0], visible[:0]).points) == 0


@pytest.mark.parametrize('ending', ['.onnx', '.json'])
def test_boxes_as_frames_and_mean_shapes(tmp_path, ending):
    converter = fitted('mlp', normalizer='bbox', missing='mean', flip_average=False)
    path = tmp_path / f'c{ending}'
    path.write_bytes(FORMATS[ending](converter_graph(converter), 17).content)
    points, visible = gaps()
    boxes = np.tile([1000.0, 1000, 1200, 1210], (7, 1))
    loaded = load_exported(path)
    assert_same(loaded(points, visible, boxes), converter.convert(points, visible, boxes))
    with pytest.raises(LandmarkError, match="normalizer 'bbox' needs a box"):
        loaded(points, visible)


def test_a_mapping(tmp_path):
    mapping = get_mapping('coco17-to-mpii16')
    path = tmp_path / 'm.onnx'
    report = export.export_model(path, mapping='coco17-to-mpii16')
    assert report.difference.largest['target_points'] < 1e-9
    points, visible = gaps()
    assert_same(load_exported(path)(points, visible), mapping.convert(points, visible))
    with pytest.raises(LandmarkError, match='only a trained converter .* found a mapping'):
        export.export_model(tmp_path / 'm.json', mapping='coco17-to-mpii16')


def test_torchscript_of_a_converter_and_a_mapping():
    for graph in (
        converter_graph(fitted('residual')),
        mapping_graph(get_mapping('coco17-to-mpii16')),
    ):
        written = FORMATS['.pt'](graph, 17)
        assert max(compare(graph, written.run, (1, 3, 5)).largest.values()) < 1e-6


@pytest.mark.slow
def test_torch_export_of_a_converter():
    graph = converter_graph(fitted('mlp', missing='mean'))
    written = FORMATS['.pt2'](graph, 17)
    assert max(compare(graph, written.run, (1, 3, 5)).largest.values()) < 1e-6


@pytest.fixture(scope='module')
def detector(tmp_path_factory):
    folder = tmp_path_factory.mktemp('detector')
    config, checkpoint = save_model(folder, landmark_config())
    report = export.export_model(folder / 'dogs.onnx', config=config, checkpoint=checkpoint)
    return folder, config, checkpoint, report


def test_a_detector_finds_in_pictures_what_the_model_finds(detector):
    folder, config, checkpoint, report = detector
    assert report.info.flip_test and max(report.difference.largest.values()) < 1e-4
    model, loaded = LandmarkModel(config, checkpoint, 'cpu'), load_exported(folder / 'dogs.onnx')
    assert loaded.schema == model.schema and loaded.info.padding == 1.25
    pictures = [make_picture(300, 200, seed=1), make_picture(90, 120, seed=2)]
    boxes = [[[20, 30, 180, 150], [-10, 50, 60.5, 190]], [[5, 5, 80, 110]]]
    results = loaded(pictures, boxes)
    for picture, many, result in zip(pictures, boxes, results, strict=True):
        crops = [model.crop(picture, np.array(box), 'x') for box in many]
        points, scores = model.predict(crops)
        np.testing.assert_allclose(result.points, points, rtol=0, atol=1e-3)
        np.testing.assert_allclose(result.scores, scores, rtol=0, atol=1e-5)
    assert loaded(pictures[0], []).points.shape == (0, 46, 2)


def test_points_in_the_picture_by_an_affine_map(detector):
    folder, config, checkpoint, _ = detector
    path = folder / 'picture.onnx'
    options = dict(config=config, checkpoint=checkpoint, frame='picture', flip_test=False)
    export.export_model(path, **options)
    model, loaded = LandmarkModel(config, checkpoint, 'cpu'), load_exported(path)
    picture, box = make_picture(300, 200, seed=1), np.array([20.0, 30, 180, 150])
    points, _ = model.predict([model.crop(picture, box, 'x')], flip_test=False)
    np.testing.assert_allclose(loaded(picture, [box]).points, points, rtol=0, atol=1e-3)
    with pytest.raises(LandmarkError, match=r'expected affines \(1, 2, 3\)'):
        loaded.crops(np.zeros((1, 64, 64, 3), np.uint8))


def test_crops_of_any_number_as_array_or_list(detector):
    loaded = load_exported(detector[0] / 'dogs.onnx')
    width, height = loaded.info.input_size
    crops = np.random.default_rng(0).integers(0, 255, (3, height, width, 3)).astype(np.uint8)
    points, scores = loaded.crops(crops)
    np.testing.assert_array_equal(loaded.crops(list(crops))[0], points)
    for none in (crops[:0], []):
        assert loaded.crops(none)[0].shape == (0, 46, 2)
    with pytest.raises(LandmarkError, match='crops are of several sizes, expected uint8'):
        loaded.crops([crops[0], crops[1, 1:]])
    with pytest.raises(LandmarkError, match=r'crops are uint8 \(64, 64, 3\), expected'):
        loaded.crops(crops[0])


def test_weights_that_are_not_finite_are_not_exported(detector, tmp_path):
    _, config, checkpoint, _ = detector
    content = torch.load(checkpoint, weights_only=False)
    name = next(n for n in content['state_dict'] if n.endswith('final_layer.weight'))
    content['state_dict'][name][0] = float('nan')
    torch.save(content, tmp_path / 'nan.pth')
    with pytest.raises(LandmarkError, match=r'nan\.pth: weight .*final_layer.weight is not finite'):
        export.export_model(tmp_path / 'x.onnx', config=config, checkpoint=tmp_path / 'nan.pth')
    assert not (tmp_path / 'x.onnx').exists()


def test_an_opset_without_an_operator_is_one_line(tmp_path, capfd):
    with pytest.raises(LandmarkError, match='cannot be recorded for ONNX') as error:
        export.export_model(tmp_path / 'm.onnx', mapping='coco17-to-mpii16', opset=8)
    assert '\n' not in str(error.value)
    assert capfd.readouterr().out == ''


@pytest.mark.parametrize(
    ('pictures', 'boxes', 'told'),
    [
        (np.zeros((5, 5)), [], r'picture 0 is float64 \(5, 5\), expected uint8'),
        (np.zeros((5, 5, 3), np.uint8), [[1, 1, 1, 4]], 'picture 0: box 0 is .* an area'),
        (np.zeros((5, 5, 3), np.uint8), [[1, 1, np.nan, 4]], 'picture 0: box 0 is .* finite'),
        (np.zeros((5, 5, 3), np.uint8), [[1, 1, 4]], r'boxes are \(1, 3\)'),
    ],
)
def test_pictures_and_boxes_that_cannot_be_used(detector, pictures, boxes, told):
    with pytest.raises(LandmarkError, match=told):
        load_exported(detector[0] / 'dogs.onnx')(pictures, boxes)


def test_everything_runs_without_torch_and_mmpose(detector, tmp_path):
    folder, *_ = detector
    converter = fitted('mlp_attention')
    for ending in ('.onnx', '.json'):
        content = FORMATS[ending](converter_graph(converter), 17).content
        (tmp_path / f'c{ending}').write_bytes(content)
    points, _ = gaps()
    np.save(tmp_path / 'points.npy', points)
    code = f"""
folder, detector = {str(tmp_path)!r}, {str(folder / 'dogs.onnx')!r}
points = np.load(folder + '/points.npy')
for ending in ('onnx', 'json'):
    np.save(folder + '/' + ending, load_exported(folder + '/c.' + ending)(points).points)
found = load_exported(detector)(np.zeros((90, 90, 3), np.uint8), [[9, 9, 80, 80]])
assert found.points.shape == (1, 46, 2)
assert 'torch' not in sys.modules and 'mmpose' not in sys.modules
"""
    run = subprocess.run([sys.executable, '-c', WITHOUT + code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    expected = converter.convert(points, np.where(np.isnan(points[..., 0]), 0, 2)).points
    for ending in ('onnx', 'json'):
        np.testing.assert_allclose(np.load(tmp_path / f'{ending}.npy'), expected, atol=1e-4)


@pytest.fixture(scope='module')
def document():
    return json.loads(FORMATS['.json'](converter_graph(fitted('mlp')), 17).content)


@pytest.mark.parametrize(
    ('change', 'told'),
    [
        (lambda d: d.pop('arrays'), 'has the fields info, options; expected'),
        (lambda d: d['arrays'].pop('gate'), "the array 'gate' is missing"),
        (lambda d: d['arrays'].update(more=d['arrays']['gate']), "array 'more' has no use"),
        (lambda d: d['arrays']['gate'].update(shape=[2]), "array 'gate'.*4 bytes"),
        (lambda d: d['arrays']['gate'].update(data='AADAfw=='), "'gate': holds numbers that are"),
        (lambda d: d['arrays']['gate'].update(data='!'), "array 'gate': cannot be read"),
        (lambda d: d['options']['network'].update(type='mpl'), "'mpl' has no form.*'mlp'"),
        (lambda d: d['options'].update(missing='none'), 'options cannot be'),
        (lambda d: d['info'].update(format=2), 'is of format 2; this mmlandmark reads format 1'),
        (lambda d: d['info'].update(kind='x'), "is a 'x'; known are converter"),
        (lambda d: d['info'].pop('name'), "needs the field 'name'"),
        (lambda d: d['info'].update(has_sigma=1), 'the has_sigma of a converter cannot be 1'),
    ],
)
def test_a_damaged_json_file_is_refused_in_one_line(document, tmp_path, change, told):
    damaged = json.loads(json.dumps(document))
    change(damaged)
    path = tmp_path / 'c.json'
    path.write_text(json.dumps(damaged))
    with pytest.raises(LandmarkError, match=told) as error:
        load_exported(path)
    assert str(path) in str(error.value) and '\n' not in str(error.value)


def test_a_damaged_or_foreign_file_is_refused(tmp_path):
    path = tmp_path / 'x.onnx'
    with pytest.raises(LandmarkError, match=r'x\.onnx: no such file'):
        load_exported(path)
    path.write_bytes(b'nothing')
    with pytest.raises(LandmarkError, match='onnxruntime cannot open it'):
        load_exported(path)
    with pytest.raises(LandmarkError, match=r'expected an \.onnx or \.json file'):
        load_exported(tmp_path / 'x.pth')


def test_what_does_not_fit_is_told_before_anything_is_written(detector, tmp_path):
    _, config, checkpoint, _ = detector
    out, given = tmp_path / 'x.onnx', dict(config=config, checkpoint=checkpoint)
    for options, told in (
        (dict(given, frame='pictures'), r"frame is 'pictures' \(did you mean 'picture'\?\)"),
        (dict(given, top_k=3), 'a top-down model has no top_k to choose'),
        (dict(mapping='coco17-to-mpii16', schema='coco17'), 'a mapping has no schema to choose'),
        ({}, 'expected a checkpoint or a mapping'),
    ):
        with pytest.raises(LandmarkError, match=told):
            export.export_model(out, **options)
    assert not out.exists()
