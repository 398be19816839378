"""What can be wrong with the files of a release, each kind under one name."""

from __future__ import annotations

from dataclasses import dataclass

from mmlandmark.errors import LandmarkError

UNREADABLE_LABEL = 'unreadable label'
WRONG_COUNT = 'wrong number of points'
NO_POINT = 'no labelled point'
NO_PICTURE = 'label without picture'
NO_LABEL = 'picture without label'
UNREADABLE_PICTURE = 'unreadable picture'
TWO_PICTURES = 'more than one picture'
UNKNOWN_SIZE = 'unknown picture size'
OTHER_SIZE = 'picture size differs'
NO_BOX = 'no box of any area'


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with one file of a release.

    Attributes:
        file: Its path, relative to the root.
        reason: What kind of problem; one of the constants of this module.
        detail: What exactly, where there is more to say.
    """

    file: str
    reason: str
    detail: str = ''

    def __str__(self) -> str:
        return ': '.join(part for part in (self.file, self.reason, self.detail) if part)


@dataclass(frozen=True)
class EntryProblem(Problem):
    """Something that is wrong with one entry of a COCO file, whose name is in ``file``.

    Attributes:
        annotation_id: Id of the annotation; None where it is about none, or has no id.
        image_id: Id of the image, or of that of the annotation.
    """

    annotation_id: int | None = None
    image_id: int | None = None


class Problems(list):
    """Problems as they are found; the first one is an error where the user asked for that."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict

    def add(self, file: str, reason: str, detail: str = '') -> None:
        """Note a problem.

        Raises:
            LandmarkError: It, where the user asked to stop at problems.
        """
        problem = Problem(file, reason, detail)
        if self.strict:
            # The tools would tell an error that this one stands in for, which names no file.
            raise LandmarkError(str(problem)) from None
        self.append(problem)
