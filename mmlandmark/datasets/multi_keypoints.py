"""Several data sets as one, each with its own class, pipeline and keypoints."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from itertools import accumulate
from typing import Any

from mmengine.dataset import BaseDataset, Compose
from mmengine.logging import MessageHub
from mmpose.datasets import CombinedDataset
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS
from torch.utils.data import Dataset

from mmlandmark.datasets.member_checks import (
    check_known,
    check_names,
    check_one_definition,
    member_schema,
)
from mmlandmark.datasets.member_loading import load_member
from mmlandmark.datasets.replay import Replay, follow
from mmlandmark.datasets.seeding import SampleIndex, seeded
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import UNION, KeypointSchema


@DATASETS.register_module()
class MultiKeypointDataset(Dataset):
    """The concatenation of data sets that label different keypoints.

    Every member keeps its class, pipeline, metainfo and flips; its samples carry the member's
    name as ``dataset_name``, in the pipeline and in the packed sample.

    Args:
        datasets: Name -> config of a data set of MMPose (or the data set itself). The name is
            free, so one class may stand several times.
        schemas: Name -> schema that the member must be labelled in (name, path or dict); members
            that are not named are taken as their metainfo has them.
        replay: Name -> ``dict(file=..., union=..., min_score=0.6, weight=1.0)``: the member's
            samples come in the union's channels, and an earlier model's predictions stand where
            its schema has no point; see `Replay`. Their metainfo has ``label_schema='union'``.
        test_mode: For the members that state none.
        lazy_init: Read the files at ``full_init`` only.

    Attributes:
        datasets: Name -> data set.
        schemas: Name -> schema of its labels.
        replays: Name -> `Replay`, for the members with pseudo labels.

    Raises:
        LandmarkError: A member that is no pose data set, is empty, does not match its schema, or
            defines a schema of another member differently; names data set, file and annotation.
    """

    def __init__(
        self,
        datasets: Mapping[str, Any],
        *,
        schemas: Mapping[str, Any] | None = None,
        replay: Mapping[str, Any] | None = None,
        test_mode: bool | None = None,
        lazy_init: bool = False,
    ) -> None:
        if not isinstance(datasets, Mapping) or not datasets:
            raise LandmarkError(
                'MultiKeypointDataset: datasets is no dict(NAME=dict(type=...), ...) of data sets'
            )
        check_names(datasets)
        stated = dict(schemas or {})
        check_known('schemas', stated, datasets)
        check_known('replay', replay or {}, datasets)
        self.replays = {k: Replay.from_config(k, value) for k, value in (replay or {}).items()}
        defaults = {} if test_mode is None else {'test_mode': test_mode}
        with _own_file_entries():
            self.datasets = {k: _build(k, config, defaults) for k, config in datasets.items()}
        self.schemas: dict[str, KeypointSchema] = {
            name: member_schema(name, member.metainfo, stated.get(name))
            for name, member in self.datasets.items()
        }
        check_one_definition(self.schemas)
        for name, member in self.datasets.items():
            # get_data_info hands this name to the pipeline
            member._metainfo['dataset_name'] = name
        self._fully_initialized = False
        if not lazy_init:
            self.full_init()

    def full_init(self) -> None:
        """Read the files of the members and check them."""
        if self._fully_initialized:
            return
        for name, member in self.datasets.items():
            ids = load_member(name, member, self.schemas[name])
            if name in self.replays:
                self.replays[name].apply(name, member, self.schemas[name], ids)
            if member.test_mode and (file := _coco_file(member)):
                MessageHub.get_current_instance().update_info(f'{name}_ann_file', file)
        self.cumulative_sizes = list(accumulate(self.lens.values()))
        self._fully_initialized = True

    def _switch(self, pipeline: Compose) -> None:
        for name, member in self.datasets.items():
            own = Compose(list(pipeline.transforms))  # pseudo labels are replayed in some only
            follow(name, member.pipeline, own)
            member.pipeline = own

    pipeline = property(
        fset=_switch,
        doc="""Takes the place of every member's pipeline, as hooks set it in a later epoch.

        It cannot be read, since each member has its own.
        """,
    )

    @property
    def dataset_names(self) -> list[str]:
        """The names of the members, in order."""
        return list(self.datasets)

    @property
    def lens(self) -> dict[str, int]:
        """Name -> number of samples."""
        return {name: len(member) for name, member in self.datasets.items()}

    @property
    def metainfo(self) -> dict[str, Any]:
        """The first member's metainfo, with that of every member under ``datasets``.

        Each of these has ``dataset_name`` (its name here), ``schema`` and ``ann_file``, which is
        None where its file cannot serve COCO's own evaluation as it is.
        """
        members = {
            name: {
                **member.metainfo,
                'schema': self.schemas[name],
                'ann_file': _coco_file(member),
            }
            for name, member in self.datasets.items()
        }
        first = {k: v for k, v in members[self.dataset_names[0]].items() if k != 'ann_file'}
        return {**first, 'dataset_name': '+'.join(members), 'datasets': members}

    def __len__(self) -> int:
        self.full_init()
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return a packed sample.

        Args:
            index: Counts through the members; a `SampleIndex` also seeds the augmentation.
        """
        name, local = self.locate(index)
        with seeded(index.seed) if isinstance(index, SampleIndex) else nullcontext():
            sample = self.datasets[name][local]
        if 'data_samples' in sample:
            stamp = {'label_schema': UNION} if name in self.replays else {}
            sample['data_samples'].set_metainfo({'dataset_name': name, **stamp})
        return sample

    def get_data_info(self, index: int) -> dict[str, Any]:
        """Return a sample before its pipeline."""
        name, local = self.locate(index)
        return self.datasets[name].get_data_info(local)

    def locate(self, index: int) -> tuple[str, int]:
        """Return the member that holds a sample, and the sample's number there.

        Raises:
            IndexError: There is no such sample.
        """
        size = len(self)
        if not -size <= index < size:
            raise IndexError(f'sample {int(index)} of {size}')
        index = int(index) % size
        position = bisect_right(self.cumulative_sizes, index)
        start = self.cumulative_sizes[position - 1] if position else 0
        return self.dataset_names[position], index - start


def _build(name: str, config: Any, defaults: Mapping[str, Any]) -> BaseDataset:
    kind = type(config)
    if isinstance(config, Mapping):
        kind = config.get('type')
        kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    usable = isinstance(kind, type) and issubclass(kind, BaseDataset)
    if not usable or issubclass(kind, CombinedDataset):
        found = kind.__name__ if isinstance(kind, type) else f'{config!r:.60}'
        raise LandmarkError(
            f'data set {name!r} is {found}; expected the config of one data set of MMPose that '
            'loads pictures'
        )
    if not isinstance(config, Mapping):
        return config
    # the files are read in full_init, where the samples can be checked before they are packed
    return DATASETS.build({**defaults, **config, 'lazy_init': True})


@contextmanager
def _own_file_entries() -> Iterator[None]:
    """Undo the entries by class that members make for CocoMetric; two of a class share one."""
    hub = MessageHub.get_current_instance()
    before = {k: v for k, v in hub.runtime_info.items() if k.endswith('_ann_file')}
    yield
    for key in [k for k in hub.runtime_info if k.endswith('_ann_file')]:
        if key in before:
            hub.update_info(key, before[key])
        else:
            hub.pop_info(key)


def _coco_file(member: BaseDataset) -> str | None:
    # a class that reads its file in a way of its own, as that of MPII, has no COCO file
    reader = getattr(type(member), '_load_annotations', None)
    reads_coco = reader is BaseCocoStyleDataset._load_annotations
    return getattr(member, 'coco_file', member.ann_file if reads_coco else None) or None
