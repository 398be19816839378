from mmengine.registry import FUNCTIONS

from mmlandmark.datasets import packed_collate


def test_the_batch_stays_as_it_is_and_the_name_is_registered():
    batch = {'inputs': 1}
    assert packed_collate(batch) is batch
    assert FUNCTIONS.get('packed_collate') is packed_collate
