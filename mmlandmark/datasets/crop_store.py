"""A folder of bounded size for what several processes read and write at once."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from mmengine.logging import print_log

from mmlandmark.errors import LandmarkError

#: Seconds after which a file that was never finished is taken for that of a process that is gone.
ABANDONED = 3600.0
_UNFINISHED = '.unfinished'


class CropStore:
    """Named contents on disk; recently used ones are in memory, where the system caches files.

    Each entry is a file, put in place by renaming: a reader sees all of it or nothing. There
    are no locks: a file that goes while it is read stays readable, one that is gone is absent. The
    folder is split into equal shares; who adds to a share makes room in it. Only entries
    that were not used since this object was made give way, those unused for longest first. Where
    there are none the new one is not kept: training runs through all samples again and again, and
    to replace what is needed later in an epoch would leave nothing to be found.

    Args:
        folder: Made if it is absent. Where ``/dev/shm`` is memory, a folder there is shared memory.
        max_bytes: All entries together have at most this many, save for those being written.
        shares: Into how many folders they are split; an entry fits into a share.

    Attributes:
        counts: Of this process: ``kept``, ``not kept`` (no room), ``removed``, ``not written``.

    Raises:
        LandmarkError: The folder cannot be made or written to, or the size is not a number.
    """

    def __init__(self, folder: str | os.PathLike, max_bytes: float, shares: int = 64) -> None:
        if isinstance(max_bytes, bool) or not 0 < max_bytes < float('inf'):
            raise LandmarkError(f'{folder}: the size is {max_bytes!r}; expected bytes above 0')
        self.folder, self.shares = Path(folder).absolute(), shares
        self.share = int(max_bytes / shares)
        self.started = time.time()
        self.counts: Counter[str] = Counter()
        self._full: set[int] = set()
        try:
            for share in range(shares):
                self._folder(share).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LandmarkError(
                f'{self.folder}: cannot be made: {error.strerror or error}'
            ) from None
        if not os.access(self._folder(0), os.W_OK):
            raise LandmarkError(f'{self.folder}: cannot be written to')

    def get(self, name: str) -> bytes | None:
        """Return the content of an entry, None where there is none."""
        path = self._path(name)
        try:
            with path.open('rb') as file:
                if os.fstat(file.fileno()).st_mtime < self.started:
                    os.utime(path)  # once a run: it is in use
                return file.read()
        except OSError:
            return None

    def put(self, name: str, content: bytes) -> None:
        """Add or replace an entry, if there is room; a disk that refuses is told once."""
        share = self._share(name)
        if len(content) > self.share or share in self._full:
            self._tell_no_room(len(content))
            return
        try:
            self._write(self._path(name), content)
            kept = self._make_room(share, self._path(name))
        except OSError as error:
            self._tell(error)
            return
        if kept:
            self.counts['kept'] += 1
        else:
            self._tell_no_room(len(content))

    def size(self) -> int:
        """Return the bytes of all entries."""
        return sum(size for share in range(self.shares) for _, size, _ in self._entries(share))

    def _write(self, path: Path, content: bytes) -> None:
        # Not synced to the disk: what a crash leaves of it is found out when it is read.
        handle, temporary = tempfile.mkstemp(suffix=_UNFINISHED, dir=path.parent)
        try:
            with os.fdopen(handle, 'wb') as file:
                file.write(content)
            os.replace(temporary, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)

    def _make_room(self, share: int, newest: Path) -> bool:
        """Remove idle entries of a share that is too large, else the newest one."""
        entries = self._entries(share)
        excess = sum(size for _, size, _ in entries) - self.share
        for path, size, used in sorted(entries, key=lambda entry: entry[2]):
            if excess <= 0:
                return True
            if used < self.started and path != newest:
                self._remove(path)
                self.counts['removed'] += 1
                excess -= size
        if excess > 0:
            self._full.add(share)
            self._remove(newest)
        return excess <= 0

    def _entries(self, share: int) -> list[tuple[Path, int, float]]:
        found = []
        with os.scandir(self._folder(share)) as files:
            for file in files:
                try:
                    stat = file.stat()
                except FileNotFoundError:  # another process removed it
                    continue
                if not file.name.endswith(_UNFINISHED):
                    found.append((Path(file.path), stat.st_size, stat.st_mtime))
                elif stat.st_mtime < time.time() - ABANDONED:
                    self._remove(Path(file.path))
        return found

    def _remove(self, path: Path) -> None:
        with suppress(FileNotFoundError):
            path.unlink()

    def _tell_no_room(self, size: int) -> None:
        """Count it, and say once in a run of any number of workers, which begin anew each epoch."""
        self.counts['not kept'] += 1
        if self.counts['not kept'] > 1:
            return
        mark = self.folder / 'full'
        with suppress(OSError):
            if mark.exists() and mark.stat().st_mtime >= self.started:
                return
            mark.touch()
        room = f'{self.share * self.shares / 1e9:.3g} GB'
        why = f'{room} are full'
        if size > self.share:
            why = f'a crop of {size / 1e6:.3g} MB is larger than 1/{self.shares} of {room}'
        print_log(
            f'{self.folder}: {why}; what does not fit is read from the pictures each time (said '
            'once); expected a larger max_gb, or quality=95',
            'current',
            level=30,
        )

    def _tell(self, error: OSError) -> None:
        if not self.counts['not written']:
            print_log(
                f'{self.folder}: a crop cannot be written: {error.strerror or error}; training '
                'goes on without those that cannot (said once)',
                'current',
                level=30,
            )
        self.counts['not written'] += 1

    def _share(self, name: str) -> int:
        return int(name[:8], 16) % self.shares

    def _folder(self, share: int) -> Path:
        return self.folder / f'{share:02x}'

    def _path(self, name: str) -> Path:
        return self._folder(self._share(name)) / name
