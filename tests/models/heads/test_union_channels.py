"""Indices into the output of a union head come from names."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.models.heads.supervision import collect_labels  # noqa: E402
from mmlandmark.models.heads.union_channels import UnionChannels  # noqa: E402
from mmlandmark.schemas import get_schema, get_union  # noqa: E402
from models.heads.union_batches import CODECS, pose_batch  # noqa: E402

CPU = torch.device('cpu')
SHIPPED = ['union21', 'union23', 'union33', 'union33-reversed', 'face68-face48']


@pytest.mark.parametrize('name', SHIPPED)
def test_every_channel_of_a_sample_is_a_members_or_absent(name):
    union = get_union(name)
    channels = UnionChannels(union)
    for member in union.members:
        present = channels.indices(member.name, CPU)
        names = [union.schema.keypoints[i] for i in present]
        assert names == list(union.channels[member.name])
        absent = channels.indices(member.name, CPU, absent=True)
        assert sorted([*present.tolist(), *absent.tolist()]) == list(range(union.num_channels))
        assert channels.indices(member.name, CPU) is present  # kept, not made again
    assert len(channels.indices('union', CPU, absent=True)) == 0


def test_rows_and_outputs_of_samples():
    union = get_union('union33-reversed')
    channels = UnionChannels(union)
    output = torch.rand(3, 33, 4, 2)
    rows = output.flatten(0, 1)[channels.rows('mpii16', [2, 0], CPU)]
    head_top = get_schema('mpii16').index('head_top')
    channel = union.schema.index('head_top')
    assert torch.equal(rows[head_top], output[2, channel])
    assert torch.equal(rows[16 + head_top], output[0, channel])
    part = channels.outputs(output, 'mpii16', [2, 0])
    assert part.shape == (2, 16, 4, 2) and torch.equal(part.flatten(0, 1), rows)
    pair = channels.outputs((output[:, :, 0], output[:, :, 1]), 'mpii16', [1])
    assert torch.equal(pair[0][0, head_top], output[1, channel, 0])


def test_nothing_is_gathered_where_every_row_is_supervised_in_its_place():
    union = get_union('union21')
    channels = UnionChannels(union)

    def index(names: list[str], member: str, labelled: float) -> torch.Tensor | None:
        schemas = dict(a=union.target(member), b=union.schema)
        batch = pose_batch(names, CODECS['msra'], labelled, schemas=schemas)
        groups = {
            (n, m): [i for i, o in enumerate(names) if o == n]
            for n, m in (('a', member), ('b', 'union'))
            if n in names
        }
        labels = collect_labels(batch, groups, {g: schemas[g[0]] for g in groups}, 'a head')
        rows = channels.supervised_rows(groups, labels, CPU)
        assert {group: len(index) for group, index in rows.items()} == {
            group: known.count for group, known in labels.items()
        }
        return None if channels.in_place(labels) else torch.cat(list(rows.values()))

    assert index(['a', 'a'], 'union', 1.0) is None
    assert index(['a', 'a'], 'union', 0.5) is not None
    assert index(['a', 'a'], 'coco17', 1.0).tolist() == [*range(17), *range(21, 38)]
    assert index(['b', 'a'], 'union', 1.0).tolist() == [*range(21, 42), *range(21)]
