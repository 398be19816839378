"""Errors are those of the metrics, and what has none is counted."""

import numpy as np
import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import nme, normalizer_values
from mmlandmark.schemas import get_mapping, get_schema
from mmlandmark.viewer import ViewerSession
from mmlandmark.viewer.measures import converted_layer, normalizer_names
from viewer.viewed import FACES

MAPPING = get_mapping('face68-to-face48')


@pytest.mark.parametrize('normalizer', ['eye_outer', 'bbox', 'pixel'])
def test_errors_are_the_nme(session, normalizer):
    schema = session.file.schemas[0]
    found = session.measured(schema, MAPPING, normalizer)
    _, layer = session.layers(schema, MAPPING)
    truth = session.truth.read(MAPPING.target)
    lengths = normalizer_values(
        normalizer, MAPPING.target, truth.points, truth.visible, truth.bboxes
    )
    expected = nme(layer.points, truth.points, truth.visible > 0, lengths, given=layer.visible > 0)
    assert np.nanmean(found.errors) == pytest.approx(expected.value, abs=1e-12)
    assert found.excluded == {} and len(found.errors) == FACES
    assert normalizer in normalizer_names(MAPPING.target, truth)


def test_an_unknown_length_is_named(session):
    with pytest.raises(LandmarkError, match="unknown normaliser 'eye_outr'.*'eye_outer'"):
        session.measured(session.file.schemas[0], MAPPING, 'eye_outr')


def test_what_cannot_be_measured_is_counted(files, tmp_path):
    import orjson

    truth = orjson.loads(files['truth'].read_bytes())
    outer = [truth['categories'][0]['keypoints'].index(n) for n in _ends()]
    del truth['annotations'][0]
    truth['annotations'][0]['keypoints'] = [0] * 144  # id 2
    for column in outer:
        truth['annotations'][1]['keypoints'][3 * column + 2] = 0  # id 3
    for annotation in truth['annotations']:
        annotation.pop('num_keypoints')
    path = tmp_path / 'truth.json'
    path.write_bytes(orjson.dumps(truth))
    session = ViewerSession(files['faces'], files['pictures'], truth=path)
    found = session.measured(session.file.schemas[0], MAPPING, 'eye_outer')
    assert found.excluded == {
        'without ground truth': 1,
        'without a point in both': 1,
        'without the length eye_outer': 1,
    }
    assert np.isnan(found.errors[:3]).all() and np.isfinite(found.errors[3:]).all()


def _ends():
    one, other = get_schema('face48').normalizers['eye_outer']
    return [n for side in (one, other) for n in ([side] if isinstance(side, str) else side)]


def test_a_point_without_a_rule_is_not_missing_and_one_without_its_source_is(session):
    file = session.file.read(session.file.schemas[0])
    layer = converted_layer(MAPPING, file)
    unlabelled = [
        {name for name, v in zip(file.schema.keypoints, row, strict=True) if not v}
        for row in file.visible
    ]
    missing = [
        sum(bool(set(rule) & gone) for rule in MAPPING.rules.values()) for gone in unlabelled
    ]
    assert layer.missing.sum(axis=1).tolist() == missing and missing[1] > 0
    without_rule = int((~MAPPING.covered).sum())
    assert (layer.visible == 0).sum() == sum(missing) + FACES * without_rule


def test_a_converter_that_gives_no_number_is_an_error(session):
    class Broken:
        name = 'broken'
        target_schema = MAPPING.target

        def convert(self, points, visible, bboxes):
            done = MAPPING.convert(points, visible)
            done.points[2, MAPPING.covered] = np.nan
            return done

    file = session.file.read(session.file.schemas[0])
    with pytest.raises(LandmarkError, match='annotation 3: broken gives no finite place for'):
        converted_layer(Broken(), file)
