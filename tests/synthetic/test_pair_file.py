"""Synthetic faces as a file that the reader of pairs accepts."""

import numpy as np
import orjson

from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic import make_faces, pair_document


def test_the_file_is_read_back_and_its_sides_agree():
    faces = make_faces(40)
    data = orjson.loads(orjson.dumps(pair_document(faces)))
    pairs = read_pairs(data, get_schema('face68'), get_schema('face48'))
    assert len(pairs) == 40 and not any(pairs.excluded.values())
    np.testing.assert_allclose(pairs.source_points, faces.source_points, atol=0.006)
    np.testing.assert_array_equal(pairs.target_visible, faces.target_visible)
    assert len(set(pairs.groups('identity'))) == 8


def test_the_file_says_that_it_is_synthetic_and_which_schemas_it_has():
    data = pair_document(make_faces(2, seed=9))
    assert data['info']['synthetic'] is True and 'synthetic' in data['info']['description']
    assert data['info']['seed'] == 9
    category = data['categories'][0]
    assert (category['name'], category['target_name']) == ('face68', 'face48')
    assert category['keypoints_target'] == list(get_schema('face48').keypoints)


def test_counts_and_boxes_follow_from_the_labelled_points():
    faces = make_faces(30)
    for annotation, visible in zip(
        pair_document(faces)['annotations'], faces.source_visible, strict=True
    ):
        points = np.array(annotation['keypoints']).reshape(-1, 3)
        labelled = points[points[:, 2] > 0, :2]
        assert annotation['num_keypoints'] == len(labelled) == np.count_nonzero(visible)
        x, y, width, height = annotation['bbox']
        np.testing.assert_allclose([x, y], labelled.min(axis=0), atol=0.02)
        np.testing.assert_allclose([x + width, y + height], labelled.max(axis=0), atol=0.02)
