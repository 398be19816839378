"""What a runner is looked at for before its first step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.datasets.datasets.utils import parse_pose_metainfo  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.engine.hooks import SchemaCheckHook  # noqa: E402
from mmlandmark.engine.schema_check import check_runner, dataset_schemas  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_schema, get_union  # noqa: E402

COCO, MPII = get_schema('coco17'), get_schema('mpii16')


class Head:
    """Knows coco only."""

    union = get_union('union21')

    def check_datasets(self, found: dict) -> None:
        self.asked = found
        if 'mpii' in found:
            raise LandmarkError("Head does not know the data set 'mpii'")


def loader(schemas: dict, sampler: Any = None, **more: Any) -> SimpleNamespace:
    return SimpleNamespace(
        dataset=SimpleNamespace(schemas=schemas, **more),
        sampler=sampler,
        batch_size=4,
        drop_last=False,
    )


def runner(head: Any, **loaders: Any) -> SimpleNamespace:
    found = SimpleNamespace(model=SimpleNamespace(head=head))
    for part in ('train', 'val', 'test'):
        setattr(found, f'{part}_loop', object() if part in loaders else None)
        setattr(found, f'{part}_dataloader', loaders.get(part))
    return found


def test_every_part_is_asked_for_by_name() -> None:
    both = runner(Head(), train=loader({'coco': COCO}), val=loader({'mpii': MPII}))
    check_runner(both, ('train', 'test'))
    with pytest.raises(LandmarkError, match="^val_dataloader: Head does not know .*'mpii'"):
        check_runner(both, ('train', 'val'))


def test_a_data_set_that_only_the_head_knows_is_told_in_training(monkeypatch) -> None:
    told = []
    monkeypatch.setattr(
        'mmlandmark.engine.schema_check.print_log', lambda text, **_: told.append(text)
    )
    head = Head()
    head.dataset_schemas = {'coco': COCO, 'aic': get_schema('aic14')}
    loaders = dict(train=loader({'coco': COCO}), val=loader({'coco': COCO}))
    check_runner(runner(head, **loaders), ('train', 'val'))
    assert len(told) == 1 and 'also for aic,' in told[0]


@pytest.mark.parametrize('moment', ['before_train', 'before_val', 'before_test'])
def test_the_hook_looks_at_what_is_about_to_run(moment: str) -> None:
    part = moment.removeprefix('before_')
    getattr(SchemaCheckHook(), moment)(runner(Head(), **{part: loader({'coco': COCO})}))
    with pytest.raises(LandmarkError, match=f'{part}_dataloader'):
        getattr(SchemaCheckHook(), moment)(runner(Head(), **{part: loader({'mpii': MPII})}))


def test_a_sampler_for_another_batch_size_is_refused() -> None:
    def check_batch_size(size: int) -> None:
        raise LandmarkError(f'sampler.batch_size is 8, the data loader takes {size}')

    sampler = SimpleNamespace(check_batch_size=check_batch_size)
    with pytest.raises(LandmarkError, match='train_dataloader: sampler.batch_size is 8.* takes 4'):
        check_runner(runner(object(), train=loader({}, sampler)), ('train',))


def test_a_loader_may_not_drop_what_the_sampler_promises() -> None:
    class Ten:
        def check_batch_size(self, size: int) -> None:
            assert size == 4

        def __len__(self) -> int:
            return 10

    dropping = loader({}, Ten())
    check_runner(runner(object(), train=dropping), ('train',))
    dropping.drop_last = True
    with pytest.raises(LandmarkError, match='train_dataloader: drop_last leaves 2 samples'):
        check_runner(runner(object(), train=dropping), ('train',))


def test_replayed_labels_need_the_union_of_the_head() -> None:
    def replaying(name: str) -> SimpleNamespace:
        return loader({'coco': COCO}, replays={'coco': SimpleNamespace(union=get_union(name))})

    check_runner(runner(Head(), train=replaying('union21')), ('train',))
    with pytest.raises(LandmarkError, match="'coco' are replayed in another.*aic14_head_top"):
        check_runner(runner(Head(), train=replaying('union23')), ('train',))
    decoders = Head()
    decoders.union = None
    with pytest.raises(LandmarkError, match='they need a union head'):
        check_runner(runner(decoders, train=replaying('union21')), ('train',))


def test_a_stock_data_set_goes_by_the_name_in_its_metainfo() -> None:
    info = parse_pose_metainfo(dict(MPII.to_metainfo(), dataset_name='mpii'))
    ((name, schema),) = dataset_schemas(SimpleNamespace(metainfo=info)).items()
    assert name == 'mpii' and schema.same_keypoints(MPII)
    assert dataset_schemas([1, 2]) == {}


def test_models_without_such_a_head_are_left_alone() -> None:
    check_runner(runner(object(), train=loader({'mpii': MPII})), ('train', 'val'))
    check_runner(SimpleNamespace(model=None, train_loop=None), ('train',))


UDP = dict(type='UDPHeatmap', input_size=(64, 64), heatmap_size=(16, 16))


@pytest.mark.parametrize(
    ('codec', 'channels'), [({}, 17), (dict(heatmap_type='combined'), 51)], ids=['maps', 'combined']
)
def test_a_head_of_mmpose_is_for_as_many_keypoints(codec, channels) -> None:
    init_default_scope('mmpose')
    head = MODELS.build(
        dict(type='HeatmapHead', in_channels=4, out_channels=channels, deconv_out_channels=None)
        | dict(decoder=UDP | codec, loss=dict(type='KeypointMSELoss'))
    )

    def part(name: str) -> SimpleNamespace:
        found = loader({})
        found.dataset = SimpleNamespace(
            metainfo=parse_pose_metainfo(get_schema(name).to_metainfo())
        )
        return found

    check_runner(runner(head, test=part('coco17')), ('test',))
    words = '^test_dataloader: HeatmapHead predicts 17 keypoints, the data set has 16; a Converted'
    with pytest.raises(LandmarkError, match=words):
        check_runner(runner(head, test=part('mpii16')), ('test',))
