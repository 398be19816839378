"""Random valid schemas, mappings and keypoints for property tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from mmlandmark.schemas import KeypointSchema, Mapping, get_mapping, get_schema, list_schemas

SHIPPED = list_schemas()
MAPPINGS = (
    'aflw21-to-face68',
    'aic14-to-coco17',
    'aic14-to-mpii16',
    'catflw48-to-animalpose20',
    'coco17-to-aic14',
    'coco17-to-mpii16',
    'dogflw46-to-animalpose20',
    'face48-to-face68',
    'face68-to-face48',
    'face68-to-face48-mirrored',
    'mesh478-to-face48',
    'mesh478-to-face68',
    'mmposehand21-to-hand21',
    'mpii16-to-aic14',
    'mpii16-to-coco17',
)
COLOR = st.tuples(*[st.integers(0, 255)] * 3)
# what survives MMPose's float32 and is still the number that was written
SIGMA = st.integers(1, 999).map(lambda n: n / 1000)


@st.composite
def schemas(draw: st.DrawFn) -> KeypointSchema:
    """A schema with everything in it."""
    alphabet = st.characters(codec='utf-8', exclude_characters='\x00', exclude_categories=['Cs'])
    names = draw(st.lists(st.text(alphabet, min_size=1, max_size=6), min_size=2, unique=True))
    shuffled = draw(st.permutations(names))
    pairs = draw(st.integers(0, len(names) // 2))
    some = st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)
    link = st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True).map(tuple)
    skeleton = draw(st.lists(link, max_size=5))
    count = len(names)
    regions = draw(st.dictionaries(st.text(alphabet, min_size=7, max_size=9), some, max_size=3))
    ends = st.tuples(st.sampled_from(names), some.map(tuple)).filter(lambda e: e[1] != (e[0],))
    return KeypointSchema(
        name=draw(st.text(alphabet, min_size=1, max_size=8)),
        keypoints=names,
        swaps=[shuffled[2 * i : 2 * i + 2] for i in range(pairs)],
        skeleton=skeleton,
        sigmas=draw(st.lists(SIGMA, min_size=count, max_size=count)),
        weights=draw(st.lists(SIGMA, min_size=count, max_size=count)),
        colors=draw(st.lists(COLOR, min_size=count, max_size=count)),
        skeleton_colors=draw(st.lists(COLOR, min_size=len(skeleton), max_size=len(skeleton))),
        regions={**regions, 'upper_body': draw(some)},
        normalizers=draw(st.dictionaries(st.text(min_size=1, max_size=5), ends, max_size=2)),
        description=draw(st.text(alphabet, max_size=10)),
    )


@st.composite
def mappings(draw: st.DrawFn) -> Mapping:
    """A shipped mapping, or one of random means between two shipped schemas."""
    if draw(st.booleans()):
        return get_mapping(draw(st.sampled_from(MAPPINGS)))
    source, target = (get_schema(draw(st.sampled_from(SHIPPED))) for _ in range(2))
    rule = st.lists(st.sampled_from(source.keypoints), min_size=1, max_size=4, unique=True)
    rules = draw(st.dictionaries(st.sampled_from(target.keypoints), rule, min_size=1, max_size=9))
    return Mapping('random', source, target, rules)


def keypoints(schema: KeypointSchema, seed: int, count: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return random points (N, K, 2) with visibility (N, K) of 0, 1 and 2."""
    generator = np.random.default_rng(seed)
    points = generator.uniform(-50, 200, (count, schema.num_keypoints, 2))
    return points, generator.choice([0, 1, 2], (count, schema.num_keypoints), p=[0.2, 0.2, 0.6])
