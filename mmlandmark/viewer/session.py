"""What one run of the viewer looks at: files, pictures, converters and an output folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlandmark.annotations.reader import CocoKeypoints
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema, Mapping, get_schema, list_schemas
from mmlandmark.viewer.converter_shelf import ConverterShelf, draft_mapping
from mmlandmark.viewer.measures import (
    Layer,
    Measure,
    converted_layer,
    join,
    labelled_layer,
    measure,
    normalizer_names,
)
from mmlandmark.viewer.output import OutputFolder
from mmlandmark.viewer.picture_folder import PictureFolder
from mmlandmark.viewer.viewed_file import ViewedFile

if TYPE_CHECKING:
    from mmlandmark.apis.convert import Converter

PAIRED_FIELD = 'keypoints_target'
_KEPT = 6  # conversions of the whole file: the last drafts and choices


class ViewerSession:
    """Everything that the page shows, read and checked before it opens.

    Args:
        annotations: A COCO keypoint file.
        images: Folder that its file names are relative to; that of the file by default.
        schemas: Schemas, by name or file, taken where their names are those of a category.
        targets: Further schemas that a mapping may be made to.
        mappings: Mappings to offer first, by name or file.
        checkpoints: Trained converters to offer.
        truth: A COCO file of the same pictures with true points; a file of pairs has its own.
        keypoints_field: The annotation and category key of the points.
        truth_field: The same of the true points.
        by: How instances of the two files are joined, ``id`` or ``box``.
        assume_names: Categories without names are in the order of the first of ``schemas``.
        out: The only folder that may be written to; None: nothing is written.
        device: Where trained converters compute.

    Raises:
        LandmarkError: Anything that is not as it should be, in one line.
    """

    def __init__(
        self,
        annotations: str | os.PathLike,
        images: str | os.PathLike | None = None,
        *,
        schemas: Sequence[str | os.PathLike | KeypointSchema] = (),
        targets: Sequence[str | os.PathLike | KeypointSchema] = (),
        mappings: Sequence[str | os.PathLike | Mapping] = (),
        checkpoints: Sequence[str | os.PathLike] = (),
        truth: str | os.PathLike | None = None,
        keypoints_field: str = 'keypoints',
        truth_field: str = 'keypoints',
        by: str = 'id',
        assume_names: bool = False,
        out: str | os.PathLike | None = None,
        device: str = 'cpu',
    ) -> None:
        given = [get_schema(schema) for schema in schemas]
        self.file = ViewedFile(
            annotations, field=keypoints_field, schemas=given, assume_names=assume_names
        )
        for schema in given:
            if not self.file.same_names(schema):
                self.file.read(schema)  # says which names differ
        self.truth = self._find_truth(truth, truth_field, given, assume_names)
        self.by = by
        images = images if images is not None else Path(annotations).parent
        self.pictures = PictureFolder(images, self.file.data['images'])
        self.shelf = ConverterShelf(mappings, checkpoints, device)
        for offered in self.shelf.given:
            self._check_fits(offered.id, offered.converter)
        read = (annotations, truth, *mappings, *checkpoints, *schemas, *targets)
        inputs = [Path(given) for given in read if _is_path(given)]
        self.output = None if out is None else OutputFolder(out, inputs)
        self.schemas = self._name_schemas([get_schema(target) for target in targets])
        self.run = secrets.token_hex(8)  # so that no picture of another run is shown from a cache
        self._places = {image['id']: i for i, image in enumerate(self.file.data['images'])}
        self._lock = RLock()  # FastAPI answers in several threads
        self._convert = lru_cache(_KEPT)(self._convert_now)
        self._measure = lru_cache(_KEPT)(self._measure_now)
        self._picture_of = lru_cache(self._picture_of_now)
        self._pictures_of_truth: dict[tuple[str, ...], np.ndarray] = {}
        if self.truth is not None:
            for own, other in ((o, t) for o in self.file.schemas for t in self.truth.schemas):
                join(self.file.read(own), self.truth.read(other), by)

    def schema(self, name: str) -> KeypointSchema:
        """Return a schema by the name that the page has; a LandmarkError names the nearest."""
        if name not in self.schemas:
            raise LandmarkError(f'there is no schema {name!r}{nearest(name, self.schemas)}')
        return self.schemas[name]

    def name_of(self, schema: KeypointSchema) -> str:
        """Return the name that the page has for a schema."""
        return next(n for n, known in self.schemas.items() if _same(known, schema))

    def own_schema(self, name: str) -> KeypointSchema:
        """Return a schema that the file carries, by the name that the page has."""
        schema = self.schema(name)
        if schema not in self.file.schemas:
            raise LandmarkError(f'{self.file.name} carries no points of schema {name!r}')
        return schema

    def converter(
        self, schema: KeypointSchema, chosen: str | MappingType[str, Any] | None
    ) -> Converter | None:
        """Return the converter that the page has chosen.

        Args:
            schema: What it must take.
            chosen: An id; a draft with ``target``, ``rules``, ``name`` and ``description``; or
                None.

        Returns:
            The converter; None where nothing is converted.
        """
        if chosen is None:
            return None
        if not isinstance(chosen, str):
            return draft_mapping(
                schema,
                self.schema(chosen['target']),
                chosen['rules'],
                chosen.get('name') or 'draft',
                chosen.get('description', ''),
            )
        converter = self.shelf.get(chosen).converter
        if set(converter.source_schema.keypoints) != set(schema.keypoints):
            raise LandmarkError(
                f'{chosen} takes points of {converter.source_schema.name!r}, not of {schema.name!r}'
            )
        return converter

    def layers(
        self, schema: KeypointSchema, converter: Converter | None
    ) -> tuple[Layer, Layer | None]:
        """Return the source points, and the converted ones, of all instances of a schema."""
        source = labelled_layer(self.file.read(schema))
        if converter is None:
            return source, None
        with self._lock:
            return source, self._convert(converter)

    def true_points(self, schema: KeypointSchema) -> CocoKeypoints | None:
        """Return the true points in the order of a schema; in their own where names differ."""
        if self.truth is None:
            return None
        return self.truth.read(schema if self.truth.same_names(schema) else self.truth.schemas[0])

    def measured(
        self, schema: KeypointSchema, converter: Converter | None, normalizer: str
    ) -> Measure | None:
        """Return the errors of the converted points, or the source's where nothing converts.

        None where there is no truth, or it has other keypoints.
        """
        compared = converter.target_schema if converter else schema
        if self.truth is None or not self.truth.same_names(compared):
            return None
        with self._lock:
            return self._measure(schema, converter, normalizer)

    def normalizers(self, compared: KeypointSchema) -> list[str]:
        """Return the reference lengths of errors of a schema; none where nothing is measured."""
        if self.truth is None or not self.truth.same_names(compared):
            return []
        return normalizer_names(compared, self.truth.read(compared))

    def picture_of(self, schema: KeypointSchema) -> np.ndarray:
        """Return the position of the picture of each instance, (N,) int64."""
        return self._picture_of(schema)

    def pictures_of_truth(self, truth: CocoKeypoints) -> np.ndarray:
        """Return the position of the picture of each true instance; -1 where it is not listed.

        Pictures are the same if their file names are; by id only where some have no file name.
        """
        of = truth.schema.keypoints
        if of not in self._pictures_of_truth:
            self._pictures_of_truth[of] = self._pictures_of_truth_now(truth)
        return self._pictures_of_truth[of]

    def _pictures_of_truth_now(self, truth: CocoKeypoints) -> np.ndarray:
        key = _picture_key(self.file.data['images'], truth.data['images'])
        places = {image[key]: i for i, image in enumerate(self.file.data['images'])}
        of_id = {image['id']: places.get(image[key], -1) for image in truth.data['images']}
        return np.array([of_id[id] for id in truth.image_ids.tolist()], dtype=np.int64)

    def _convert_now(self, converter: Converter) -> Layer:
        return converted_layer(converter, self.file.read(converter.source_schema))

    def _picture_of_now(self, schema: KeypointSchema) -> np.ndarray:
        ids = self.file.read(schema).image_ids.tolist()
        return np.array([self._places[id] for id in ids], dtype=np.int64)

    def _measure_now(
        self, schema: KeypointSchema, converter: Converter | None, normalizer: str
    ) -> Measure:
        source = self.file.read(schema)
        layer = labelled_layer(source) if converter is None else self._convert(converter)
        truth = self.truth.read(layer.schema)
        return measure(layer, truth, join(source, truth, self.by), normalizer)

    def _find_truth(
        self,
        truth: str | os.PathLike | None,
        field: str,
        schemas: list[KeypointSchema],
        assume_names: bool,
    ) -> ViewedFile | None:
        if truth is not None:
            return ViewedFile(truth, field=field, schemas=schemas, assume_names=assume_names)
        if any(c.get(PAIRED_FIELD) for c in self.file.data['categories']):
            return ViewedFile(
                self.file.data, field=PAIRED_FIELD, schemas=schemas, name=self.file.name
            )
        return None

    def _check_fits(self, id: str, converter: Converter) -> None:
        if not self.file.same_names(converter.source_schema):
            own = [s.name for s in self.file.schemas]
            raise LandmarkError(
                f'{id} takes points of {converter.source_schema.name!r}; {self.file.name} has '
                f'{", ".join(own)}'
            )

    def _name_schemas(self, targets: list[KeypointSchema]) -> dict[str, KeypointSchema]:
        """All schemas by name, the file's first; others of the same name are told apart."""
        named: dict[str, KeypointSchema] = {}
        wanted = [*self.file.schemas, *(self.truth.schemas if self.truth else ()), *targets]
        wanted += [offered.converter.target_schema for offered in self.shelf.given]
        wanted += map(get_schema, list_schemas())
        for schema in wanted:
            if not any(_same(known, schema) for known in named.values()):
                copies = sum(known.name == schema.name for known in named.values())
                named[f'{schema.name} ({copies + 1})' if copies else schema.name] = schema
        return named


def _same(one: KeypointSchema, other: KeypointSchema) -> bool:
    return one.name == other.name and one.same_keypoints(other)


def _picture_key(*lists: list[dict]) -> str:
    named = all(isinstance(image.get('file_name'), str) for images in lists for image in images)
    return 'file_name' if named else 'id'


def _is_path(given: Any) -> bool:
    return isinstance(given, str | os.PathLike) and Path(given).is_file()
