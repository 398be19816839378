"""Where the label files and pictures of DogFLW and CatFLW lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mmlandmark.annotations.pictures import PICTURE_ENDINGS
from mmlandmark.errors import LandmarkError

OFFICIAL_PARTS = ('train', 'test')


@dataclass(frozen=True)
class Layout:
    """The two folders of one part of a release.

    Attributes:
        part: ``train`` or ``test``; '' where the release has no official parts.
        folder: Holds ``labels`` and ``images``.
    """

    part: str
    folder: Path

    def label_files(self) -> list[Path]:
        """Return the label files, sorted."""
        return _files(self.folder / 'labels', ('.json',))

    def picture_files(self) -> list[Path]:
        """Return the pictures, sorted; none where there is no such folder."""
        return _files(self.folder / 'images', PICTURE_ENDINGS)


def find_layouts(root: Path) -> list[Layout]:
    """Return the parts of a release: ``train`` and ``test``, or the whole of it.

    Raises:
        LandmarkError: No label folder where one is expected, or one without label files.
    """
    if not root.is_dir():
        wrong = 'is a file' if root.exists() else 'no such folder'
        raise LandmarkError(f'{root}: {wrong}; expected the folder of a release')
    parts = [Layout(part, root / part) for part in OFFICIAL_PARTS if (root / part).is_dir()]
    layouts = parts or [Layout('', root)]
    for layout in layouts:
        labels = layout.folder / 'labels'
        if not labels.is_dir():
            raise LandmarkError(
                f'{labels}: no such folder; expected train/labels, test/labels (DogFLW) or labels '
                f'(CatFLW) in {root}{_hint(root)}'
            )
        if not layout.label_files():
            raise LandmarkError(f'{labels}: no label file in it; expected *.json')
    return layouts


def _files(folder: Path, endings: Iterable[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    # Hidden files are those of the file system (macOS adds ._NAME.json to archives).
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in endings and not path.name.startswith('.') and path.is_file()
    )


def _hint(root: Path) -> str:
    """Archives often hold one more folder of the data set's name."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if any((folder / part / 'labels').is_dir() for part in (*OFFICIAL_PARTS, '')):
            return f' (did you mean {folder}?)'
    return ''
