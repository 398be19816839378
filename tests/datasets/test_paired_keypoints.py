import io
import pickle

import pytest
import torch
from coco_files import CROSS, SQUARE, make_pairs, save
from mmengine.dataset import DefaultSampler
from mmengine.runner import Runner
from mmpose.registry import DATASETS
from torch.utils.data import DistributedSampler

from mmlandmark.datasets import PairedKeypointDataset, paired_keypoints
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema


@pytest.fixture
def pair_file(tmp_path):
    return save(tmp_path / 'pairs.json', make_pairs(40))


def build(path, **options):
    return PairedKeypointDataset(str(path), SQUARE, CROSS, **options)


def test_a_batch_is_sliced_from_all_pairs(pair_file):
    dataset = build(pair_file)
    every, batch = dataset.arrays(), dataset.__getitems__([7, 3])
    expected = {
        'inputs': {
            'keypoints': ((2, 4, 2), torch.float32),
            'keypoints_visible': ((2, 4), torch.uint8),
            'bboxes': ((2, 4), torch.float32),
        },
        'data_samples': {
            'keypoints': ((2, 3, 2), torch.float32),
            'keypoints_visible': ((2, 3), torch.uint8),
            'bboxes': ((2, 4), torch.float32),
            'ids': ((2,), torch.int64),
            'img_ids': ((2,), torch.int64),
            'index': ((2,), torch.int64),
            'head_size': ((2,), torch.float32),
        },
    }
    assert {
        part: {name: (tuple(value.shape), value.dtype) for name, value in tensors.items()}
        for part, tensors in batch.items()
    } == expected
    for part, tensors in batch.items():
        for name, value in tensors.items():
            assert torch.equal(value, every[part][name][[7, 3]])
    assert batch['data_samples']['ids'].tolist() == [8, 4]
    assert batch['data_samples']['head_size'].tolist() == [17, 13]
    assert dataset[7]['inputs']['keypoints'].shape == (1, 4, 2)


@pytest.mark.parametrize('workers', [0, 2])
def test_mmengine_builds_a_loader_that_gives_every_pair_once(pair_file, workers):
    loader = Runner.build_dataloader(
        {
            'batch_size': 16,
            'num_workers': workers,
            'dataset': {
                'type': 'mmpose.PairedKeypointDataset',
                'ann_file': pair_file.name,
                'data_root': str(pair_file.parent),
                'source_schema': SQUARE.to_json(),
                'target_schema': CROSS.to_json(),
            },
            'sampler': {'type': 'DefaultSampler', 'shuffle': True},
            'collate_fn': {'type': 'packed_collate'},
        },
        seed=0,
    )
    ids = [batch['data_samples']['ids'] for batch in loader]
    assert [len(part) for part in ids] == [16, 16, 8]
    assert sorted(torch.cat(ids).tolist()) == list(range(1, 41))
    assert torch.cat(ids).tolist() != list(range(1, 41))


@pytest.mark.parametrize('sampler', [DefaultSampler, DistributedSampler])
def test_samplers_see_every_pair(pair_file, sampler):
    dataset = build(pair_file)
    options = {'num_replicas': 1, 'rank': 0} if sampler is DistributedSampler else {}
    assert sorted(sampler(dataset, shuffle=True, **options)) == list(range(40))


def test_parts_of_a_split_share_no_group_and_lose_no_pair(pair_file):
    ratios = {'train': 0.6, 'val': 0.2, 'test': 0.2}
    ids = [
        build(pair_file, split={'by': 'identity', 'ratios': ratios, 'seed': 3, 'part': part})
        .arrays()['data_samples']['ids']
        .tolist()
        for part in ratios
    ]
    assert [len(part) for part in ids] == [24, 8, 8]
    assert sorted(sum(ids, [])) == list(range(1, 41))
    persons = [{(i - 1) % 10 for i in part} for part in ids]
    assert sum(map(len, persons)) == 10


def test_few_pairs_are_part_of_more_pairs_of_the_same_seed(pair_file):
    def ids(**options):
        return set(build(pair_file, **options).arrays()['data_samples']['ids'].tolist())

    assert len(ids(num_samples=5)) == 5
    assert ids(num_samples=5) < ids(num_samples=20)
    assert ids(num_samples=20) != ids(num_samples=20, seed=1)


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'num_samples': 41}, 'num_samples is 41; expected 1 to 40'),
        ({'num_samples': 0}, 'num_samples is 0'),
        ({'split': {'part': 'valid'}}, "part 'valid'"),
        ({'split': {'ratio': 0.1}}, r"'ratio' .* \(did you mean 'ratios'\?\)"),
        ({'split': {'by': 'person'}}, "annotation 1: has no 'person'"),
        ({'extra_fields': ('ids',)}, "extra field 'ids'"),
        ({'source_field': 'points'}, "lists no 'points' names"),
        ({'min_source_points': 5}, 'no usable pair'),
    ],
)
def test_bad_settings_are_refused(pair_file, options, said):
    with pytest.raises(LandmarkError, match=said):
        build(pair_file, **options)


def test_what_is_left_out_is_counted_and_logged(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(paired_keypoints, 'print_log', lambda text, **_: said.append(text))
    data = make_pairs(10)
    data['annotations'][0]['keypoints'][2::3] = [0, 0, 2, 2]
    dataset = build(save(tmp_path / 'few.json', data))
    assert len(dataset) == 9
    assert dataset.excluded['fewer than 3 source points'] == 1
    assert '9 pairs square -> cross; left out of the file: 1 fewer than 3 source points' in said[0]


def test_extra_fields_that_no_annotation_has_are_left_out(pair_file):
    dataset = build(pair_file, extra_fields=('head_size', 'weight'))
    assert 'weight' not in dataset[0]['data_samples']


def test_metainfo_is_mmposes_with_the_schemas(pair_file):
    metainfo = build(pair_file).metainfo
    assert metainfo['num_keypoints'] == 3
    assert metainfo['flip_indices'] == [0, 2, 1]
    assert metainfo['schema'] == CROSS
    assert metainfo['source_schema'] == SQUARE


def test_metainfo_in_a_checkpoint_loads_without_running_code(pair_file):
    file = io.BytesIO()
    torch.save({'meta': {'dataset_meta': build(pair_file).metainfo}}, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=True)['meta']['dataset_meta']
    assert isinstance(loaded['schema'], KeypointSchema)
    assert loaded['schema'] == CROSS


def test_a_data_set_can_be_sent_to_a_worker(pair_file):
    dataset = build(pair_file)
    copy = pickle.loads(pickle.dumps(dataset))
    assert torch.equal(copy[3]['inputs']['keypoints'], dataset[3]['inputs']['keypoints'])


def test_real_pairs_have_their_head_sizes(shared_data):
    dataset = DATASETS.build(
        {
            'type': 'PairedKeypointDataset',
            'ann_file': str(shared_data / 'body_coco17_mpii16' / 'val.json'),
            'source_schema': 'coco17',
            'target_schema': 'mpii16',
            'test_mode': True,
        }
    )
    assert len(dataset) == 1452
    assert not dataset.arrays()['data_samples']['head_size'].isnan().any()
