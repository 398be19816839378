from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, distinct, one_table, texts
from mmlandmark.evaluation.metrics.sample_store import SampleStore


def batch(counts, start=0, **columns):
    rows = np.arange(start, start + sum(counts), dtype=np.float32)
    return one_table('rows', counts, {'value': np.stack([rows, -rows], axis=1), **columns})


def test_batches_become_arrays_in_their_order():
    store, parts = SampleStore(), []
    for number in range(300):
        counts = [number % 3, 1]
        parts.append(batch(counts, 10 * number))
        store.add(parts[-1])
    packed = store.packed()
    assert len(store) == len(packed) == 600
    table = packed.tables['rows']
    assert table.counts.tolist() == [c for n in range(300) for c in (n % 3, 1)]
    expected = np.concatenate([part.tables['rows'].columns['value'] for part in parts])
    np.testing.assert_array_equal(table.columns['value'], expected)
    assert table.columns['value'].dtype == np.float32
    store.clear()
    assert not len(store) and not store.packed().tables


def test_values_are_never_cut_to_the_type_of_the_first_batch():
    store = SampleStore()
    for text, dtype in (('a', np.float32), ('longer', np.float64), ('b', np.int64)):
        column = texts([text])
        store.add(one_table('rows', [1], dict(text=column, number=np.array([1 / 3], dtype))))
    columns = store.packed().tables['rows'].columns
    assert distinct(columns['text']) == {'a': 1, 'longer': 1, 'b': 1}
    assert columns['number'].tolist() == [np.float32(1 / 3), 1 / 3, 0]


@pytest.mark.parametrize('order', [(True, False, True), (False, True, True), (True, True, False)])
def test_a_column_that_some_lack_is_counted_and_has_no_values(order):
    store = SampleStore()
    for has in order:
        store.add(batch([1, 2], **({'extra': np.ones(3)} if has else {})))
    packed = store.packed()
    assert packed.lacking == {'extra': 2} and list(packed.tables['rows'].columns) == ['value']
    with pytest.raises(LandmarkError, match="2 of 6 samples have no 'extra'"):
        packed.refuse_lacking()


def test_other_keypoints_are_refused():
    store = SampleStore()
    store.add(one_table('rows', [1], {'pred': np.zeros((1, 4, 2))}))
    with pytest.raises(LandmarkError, match=r'pred has shape \(4, 2\) .* \(5, 2\)'):
        store.add(one_table('rows', [1], {'pred': np.zeros((1, 5, 2))}))


def test_parts_of_the_samples():
    packed = batch([2, 0, 1, 3])
    head = packed.head(3)
    assert len(head) == 3 and head.tables['rows'].columns['value'][:, 0].tolist() == [0, 1, 2]
    assert packed.head(9) is packed
    some = packed.where(np.array([False, True, True, False]))
    assert len(some) == 2 and some.tables['rows'].columns['value'][:, 0].tolist() == [2]


def test_texts_are_counted_in_the_order_of_their_first():
    assert distinct(texts(['dé', 'a', '', 'dé'])) == {'dé': 2, 'a': 1, '': 1}
    assert list(distinct(texts(['dé', 'a', '']))) == ['dé', 'a', '']
    assert not PackedSamples() and distinct(texts([])) == {}
