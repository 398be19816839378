"""What a head with one decoder per data set refuses: settings, samples, data sets, checkpoints."""

from __future__ import annotations

import copy

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.heads.decoder_checks import check_own_statistics  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402
from models.heads.decoder_batches import DATASETS, build_head, features, samples  # noqa: E402

MIXED = ['mpii', 'coco', 'mpii', 'aic', 'coco']


def test_normalisation_over_processes_is_refused(monkeypatch):
    head = build_head('deconv')
    check_own_statistics(head.decoders, 'head')
    torch.nn.SyncBatchNorm.convert_sync_batchnorm(head.decoders['aic'])
    with pytest.raises(LandmarkError, match="decoder 'aic' has SyncBatchNorm"):
        check_own_statistics(head.decoders, 'head')
    # one process alone may have it; several would wait for each other
    head.loss(features(2, 'deconv'), samples(['coco'] * 2, 'deconv'))
    monkeypatch.setattr('mmlandmark.models.heads.decoder_loss.get_world_size', lambda: 2)
    with pytest.raises(LandmarkError, match="decoder 'aic' has SyncBatchNorm"):
        head.loss(features(2, 'deconv'), samples(['coco'] * 2, 'deconv'))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (
            dict(decoders=dict(mpi={})),
            "none of the data sets coco, aic, mpii \\(did you mean 'mpii",
        ),
        (dict(decoders=dict(mpii=dict(out_channels=16))), "'mpii': out_channels follows from"),
        (dict(decoders=dict(aic=dict(type='RLEHead'))), "decoder 'aic': type 'RLEHead' is none of"),
        (
            dict(decoders=dict(aic=dict(loss=dict(type='KeypointOHKMMSELoss')))),
            "decoder 'aic': KeypointOHKMMSELoss has no value of",
        ),
        (dict(dataset_weights=dict(cocoa=1.0)), "dataset_weights has 'cocoa'.*did you mean 'coco'"),
        (dict(dataset_weights=dict(coco=-1.0)), "weight of data set 'coco' is -1.0"),
        (dict(dataset_weights=dict(coco=float('nan'))), 'finite number'),
        (dict(datasets={}), 'datasets is empty'),
        (dict(datasets="{'coco': 'coco17'}"), 'expected data set name -> '),
        (dict(datasets={'a.b': 'coco17'}), "cannot be called 'a.b'"),
        (dict(datasets={'keys': 'coco17'}), "cannot be called 'keys'"),
        (dict(datasets={'coco': 'coco71'}), "no schema 'coco71' \\(did you mean 'coco17'"),
    ],
)
def test_wrong_settings_are_errors_when_the_head_is_built(options, message):
    with pytest.raises(LandmarkError, match=message):
        build_head(**options)


def test_two_schemas_of_one_name_must_agree():
    other = get_schema('aic14').to_json() | dict(name='coco17')
    with pytest.raises(LandmarkError, match="'coco' and 'mine' have different schemas of the name"):
        build_head(datasets=dict(coco='coco17', mine=other))


def test_samples_that_no_decoder_is_for_are_errors():
    head, batch = build_head(), samples(MIXED)
    batch[2].set_metainfo(dict(dataset_name='mpi'))
    for call in (head.loss, head.eval().predict):
        with pytest.raises(LandmarkError, match=r"sample 2 \(mpii_2.jpg\).*'mpi'.*mean 'mpii'"):
            call(features(5), batch)
    head.predict(features(5), batch, dict(target_schema='coco17'))  # needs no data set
    batch[2].set_metainfo(dict(dataset_name='coco'))
    with pytest.raises(
        LandmarkError, match=r'sample 2 \(mpii_2.jpg\).*\(1, 16\), expected \(1, 17'
    ):
        head.loss(features(5), batch)
    batch[2].set_metainfo(dict(dataset_name='mpii', label_schema='union'))
    with pytest.raises(LandmarkError, match="sample 2 .* labelled in 'union'.* union head"):
        head.loss(features(5), batch)


def test_check_datasets_names_the_data_set():
    head = build_head()
    head.check_datasets({name: get_schema(schema) for name, schema in DATASETS.items()})
    with pytest.raises(LandmarkError, match="no decoder for data set 'mpi' \\(did you mean 'mpii'"):
        head.check_datasets(dict(coco=get_schema('coco17'), mpi=get_schema('mpii16')))
    with pytest.raises(LandmarkError, match="'aic' is labelled in 'mpii16', its decoder is for"):
        head.check_datasets(dict(aic=get_schema('mpii16')))


def test_a_checkpoint_with_other_decoders_is_refused_by_name():
    state = build_head().state_dict()
    same = build_head(decoders=dict(mpii=dict(loss=dict(loss_weight=2.0))))
    same.load_state_dict(state)
    fewer = build_head(datasets=dict(coco='coco17', aic='aic14'))
    with pytest.raises(LandmarkError, match="it has a decoder 'mpii' \\(mpii16\\)"):
        fewer.load_state_dict(state, strict=False)
    with pytest.raises(LandmarkError, match="it has no decoder 'mpii' \\(mpii16\\)"):
        build_head().load_state_dict(fewer.state_dict(), strict=False)
    schema = get_schema('mpii16').to_json()
    schema['keypoints'][6], schema['keypoints'][7] = 'thorax', 'pelvis'
    turned = build_head(datasets=DATASETS | dict(mpii=schema))
    before = copy.deepcopy(turned.state_dict())
    with pytest.raises(LandmarkError, match="decoder 'mpii': the order differs from keypoint 6"):
        turned.load_state_dict(state)
    assert all(torch.equal(before[key], value) for key, value in turned.state_dict().items())
    without = {key: value for key, value in state.items() if 'record' not in key}
    build_head().load_state_dict(without, strict=False)
