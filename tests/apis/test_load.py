import pytest

from mmlandmark.apis import load
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema


class Trained:
    """Stands in for a converter from COCO to MPII."""

    source_schema, target_schema = get_schema('coco17'), get_schema('mpii16')

    def __init__(self, checkpoint, device, batch_size):
        self.made_of = checkpoint, device, batch_size


@pytest.fixture(autouse=True)
def trained(monkeypatch):
    monkeypatch.setattr(load, 'LandmarkConverterInferencer', Trained)


def config(tmp_path, content):
    path = tmp_path / 'config.py'
    path.write_text(content)
    return path


def test_a_checkpoint_is_enough():
    assert load.load_inferencer('a.pth', batch_size=7).made_of == ('a.pth', 'cpu', 7)


def test_a_config_of_the_same_schemas_is_accepted(tmp_path):
    path = config(tmp_path, "model = dict(source_schema='coco17', target_schema='mpii16')")
    assert load.load_inferencer('a.pth', path).made_of[0] == 'a.pth'


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (
            "model = dict(source_schema='coco17', target_schema='aic14')",
            "a.pth: its target_schema is 'mpii16', but .* says 'aic14': only 'aic14' has neck",
        ),
        ("model = dict(type='TopdownPoseEstimator')", 'its model has no source_schema'),
        ('x = 1', 'its model has no source_schema'),
        ('model = dict(', 'cannot be read as a config'),
        (None, 'no such config file'),
    ],
)
def test_another_config_is_refused_by_name(tmp_path, content, said):
    path = config(tmp_path, content) if content else tmp_path / 'none.py'
    with pytest.raises(LandmarkError, match=said):
        load.load_inferencer('a.pth', path)
