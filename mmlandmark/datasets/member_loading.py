"""Reading the files of data sets that are used together."""

from __future__ import annotations

import logging
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from mmlandmark.datasets.member_checks import check_categories, check_samples, explain_failure
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema


def load_member(name: str, member: BaseDataset, schema: KeypointSchema) -> list[Any]:
    """Read the file of a data set that was built with ``lazy_init`` and check its samples.

    The samples are checked before they are packed, which is when they are at hand; one that has
    read its file already is checked too.

    Args:
        name: Name of the data set, for messages.
        member: The data set.
        schema: The schema of its labels.

    Returns:
        The annotation id of each sample (in bottom-up mode a list of ids).

    Raises:
        LandmarkError: The file cannot be read; or see `check_samples` and `check_categories`.
    """
    file = str(member.ann_file)
    if member._fully_initialized:
        samples = [member.get_data_info(i) for i in range(len(member))]
    else:
        samples = _read_samples(name, member, schema)
    check_samples(name, file, samples, schema)
    ids = [sample.get('id') for sample in samples]
    unknown = check_categories(name, file, member.metainfo.get('CLASSES', ()), schema)
    if unknown:
        print_log(
            f'data set {name!r}: {file} calls keypoints {", ".join(unknown)}; schema '
            f'{schema.name!r} has no such names, so the order is taken on trust',
            logger='current',
            level=logging.WARNING,
        )
    if not member._fully_initialized:
        if member.serialize_data:
            member.data_bytes, member.data_address = member._serialize_data()
        member._fully_initialized = True
    print_log(
        f'data set {name!r}: {len(member)} samples of {file}, schema {schema.name!r} with '
        f'{schema.num_keypoints} keypoints',
        logger='current',
    )
    return ids


def _read_samples(name: str, member: BaseDataset, schema: KeypointSchema) -> list[dict]:
    """What BaseDataset.full_init does before it packs the samples."""
    try:
        member.data_list = member.load_data_list()
    except LandmarkError as error:
        raise LandmarkError(f'data set {name!r}: {error}') from None
    except Exception as error:
        raise LandmarkError(explain_failure(name, str(member.ann_file), schema, error)) from error
    member.data_list = member.filter_data()
    if member._indices is not None and member.data_list:
        member.data_list = member._get_unserialized_subset(member._indices)
    return member.data_list
