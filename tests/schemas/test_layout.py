import numpy as np
import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema, get_union, list_schemas, list_unions
from mmlandmark.schemas.layout import schema_layout

UNCERTAIN = {'catflw48': 18, 'mesh478': 62}  # how many keypoints have a place


@pytest.mark.parametrize('name', list_schemas())
def test_shipped_schemas_have_places_and_are_symmetric(name):
    schema = get_schema(name)
    layout = schema_layout(schema)
    known = np.isfinite(layout).all(axis=1)
    assert known.sum() == UNCERTAIN.get(name, schema.num_keypoints)
    assert np.ptp(layout[known], axis=0).max() == pytest.approx(1)
    assert len(np.unique(layout[known].round(4), axis=0)) == known.sum()
    if schema.swaps and name != 'animalpose20':  # which is seen from its side
        mirrored = layout[schema.flip_indices] * (-1, 1) + (1, 0)
        np.testing.assert_allclose(mirrored[known], layout[known], atol=5e-3)
        for first, second in schema.swaps:
            right, left = sorted((first, second), key=lambda n: 'left' in n)
            if 'left' in left and known[schema.index(right)]:
                assert layout[schema.index(right), 0] < layout[schema.index(left), 0]


@pytest.mark.parametrize('name', list_unions())
def test_unions_are_drawn_by_the_names_of_their_members(name):
    layout = schema_layout(get_union(name).schema, columns=False)
    assert np.isfinite(layout).all(axis=1).mean() > 0.4


def test_a_schema_of_ones_own_says_where_it_is_drawn_or_comes_in_columns():
    own = KeypointSchema(
        'own',
        ('tip', 'wing_left', 'wing_right'),
        swaps=[('wing_left', 'wing_right')],
        layout=dict(tip=(5, 0), wing_left=(9, 4), wing_right=(1, 4)),
    )
    np.testing.assert_allclose(schema_layout(own), [[0.5, 0.25], [1, 0.75], [0, 0.75]])
    bare = KeypointSchema('bare', own.keypoints, swaps=own.swaps)
    layout = schema_layout(bare)
    assert np.isfinite(layout).all() and layout[2, 0] < layout[0, 0] < layout[1, 0]
    assert np.isnan(schema_layout(bare, columns=False)).all()


def test_the_layout_survives_files_and_is_no_part_of_what_a_schema_is():
    schema = get_schema('coco17')
    assert schema.layout['nose'][1] < schema.layout['left_ankle'][1]
    assert KeypointSchema.from_json(schema.to_json()).layout == schema.layout
    assert KeypointSchema.from_metainfo(schema.to_metainfo()).layout == schema.layout
    plain = KeypointSchema.from_json({**schema.to_json(), 'layout': {}})
    assert plain == schema and hash(plain) == hash(schema)


@pytest.mark.parametrize(
    ('layout', 'said'),
    [
        ({'nos': (0, 0)}, r"the layout names 'nos'.*did you mean 'nose'"),
        ({'nose': (0, float('nan'))}, r"'nose' has .* expected two finite numbers"),
        ({'nose': 3}, r"'nose' has 3 under layout"),
    ],
)
def test_wrong_layouts_are_one_line(layout, said):
    with pytest.raises(LandmarkError, match=said):
        KeypointSchema('x', ('nose', 'chin'), layout=layout)
