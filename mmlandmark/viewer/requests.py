"""What the page may ask, checked before anything is done."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mmlandmark.viewer.listing import Filter


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', allow_inf_nan=False)


class Draft(_Strict):
    """A mapping that is being edited: for each target point its sources and weights."""

    target: str
    rules: dict[str, dict[str, float]]
    name: str = ''
    description: str = ''


class View(_Strict):
    """What is looked at: a schema of the file, what converts it, and the unit of errors."""

    schema_name: str = Field(alias='schema')
    converter: str | Draft | None = None
    normalizer: str | None = None

    def chosen(self) -> str | dict | None:
        """Return the converter as ``ViewerSession.converter`` takes it."""
        return self.converter.model_dump() if isinstance(self.converter, Draft) else self.converter


class ListRequest(_Strict):
    """Which pictures to list, and which part of them."""

    view: View
    text: str = ''
    error_min: float | None = None
    error_max: float | None = None
    missing_min: int | None = None
    inferred_min: int | None = None
    keypoint: str | None = None
    empty: bool = False
    sort: Literal['file', 'error', 'missing', 'inferred', 'instances'] = 'file'
    descending: bool = False
    offset: int = Field(0, ge=0)
    limit: int = Field(60, ge=1, le=500)

    def filter(self) -> Filter:
        """Return what is asked of a picture."""
        return Filter(**self.model_dump(exclude={'view', 'offset', 'limit'}))


class PictureRequest(_Strict):
    """One picture with its points."""

    view: View
    index: int = Field(ge=0)


class SaveRequest(_Strict):
    """A file to be made: written below the output folder, or handed to the browser."""

    view: View
    file_name: str
    overwrite: bool = False
    download: bool = False
