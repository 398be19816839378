"""Load MMEngine's checkpoints without ever running code from the file.

torch 2.6+ loads with ``weights_only=True`` and then refuses MMEngine's own checkpoints, because
they hold numpy values and HistoryBuffers; older torch, MMEngine's downloads and some forks run
whatever the file says. Here exactly the globals that such checkpoints need are allowed, and local
and downloaded files alike are loaded with ``weights_only=True``.
"""

from __future__ import annotations

import functools
import importlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmlandmark.checkpoint_files import check_kind
from mmlandmark.errors import LandmarkError

# What reading the bytes of some other file as a pickle may end in, apart from UnpicklingError.
_NO_PICKLE = (EOFError, LookupError, AttributeError, TypeError, ValueError, AssertionError)
_STATISTICS = ('min', 'max', 'current', 'mean')


def history_buffer_statistic(owner: Any, name: str) -> Callable[..., Any]:
    """Return one of HistoryBuffer's own statistics; stands for ``getattr`` inside checkpoints.

    Args:
        owner: Must be the class ``HistoryBuffer``.
        name: ``'min'``, ``'max'``, ``'current'`` or ``'mean'``.

    Raises:
        pickle.UnpicklingError: Anything else is asked for.
    """
    from mmengine.logging import HistoryBuffer

    if owner is not HistoryBuffer or not isinstance(name, str) or name not in _STATISTICS:
        raise pickle.UnpicklingError(
            f'getattr of {name!r} is not allowed: only the statistics of HistoryBuffer are'
        )
    return getattr(HistoryBuffer, name)


def no_bytes() -> bytes:
    """Return empty bytes; stands for ``bytes`` in checkpoints, where empty arrays ask for it."""
    return b''


def _numpy_globals() -> list[tuple[Any, str]]:
    """Return what arrays and scalars need, under the names of numpy 1 and of numpy 2."""
    core = '_core' if int(np.__version__.split('.')[0]) >= 2 else 'core'
    multiarray = importlib.import_module(f'numpy.{core}.multiarray')
    allowed = [
        (getattr(multiarray, name), f'numpy.{package}.multiarray.{name}')
        for package in ('core', '_core')
        for name in ('_reconstruct', 'scalar')
    ]
    allowed += [(np.ndarray, 'numpy.ndarray'), (np.dtype, 'numpy.dtype')]
    classes = {type(np.dtype(code)) for code in np.typecodes['All'] if code != 'O'}
    return allowed + [(cls, f'numpy.dtypes.{cls.__name__}') for cls in classes]


def _allow(globals_: list[tuple[Any, str]]) -> None:
    if tuple(int(x) for x in torch.__version__.split('.')[:2]) >= (2, 6):
        torch.serialization.add_safe_globals(globals_)
        return
    # torch 2.4 and 2.5 take no names: an entry is known by its own module and name.
    for entry, path in globals_:
        if f'{getattr(entry, "__module__", "")}.{getattr(entry, "__name__", "")}' != path:
            entry = _renamed(entry, path)
        torch.serialization.add_safe_globals([entry])


def _renamed(function: Callable[..., Any], path: str) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        return function(*args)

    call.__module__, _, call.__name__ = path.rpartition('.')
    call.__qualname__ = call.__name__
    return call


def _load(load: Callable[[], Any], name: str) -> Any:
    try:
        return load()
    except pickle.UnpicklingError as error:
        raise LandmarkError(
            f'{name}: not loaded, because it is damaged or asks to run code while loading, which '
            f'no checkpoint of weights needs ({_essence(str(error))})'
        ) from error
    except (*_NO_PICKLE, RuntimeError) as error:
        if isinstance(error, RuntimeError) and 'PytorchStreamReader' not in str(error):
            raise
        raise LandmarkError(
            f'{name}: not loaded: the file is damaged, cut off or no checkpoint'
        ) from error


def _essence(message: str) -> str:
    """Return the part of torch's long message that names the forbidden global."""
    reason = ' '.join(message.split())
    for start in ('Unsupported global: ', 'Unsupported class ', 'Trying to ', 'getattr of '):
        if start in reason:
            reason = start + reason.split(start, 1)[1]
            break
    return reason.split(' was not an allowed')[0].split('. ')[0][:160]


def load_from_local(filename: str | os.PathLike[str], map_location: Any) -> Any:
    """Load a checkpoint file, running none of its code.

    Raises:
        FileNotFoundError: There is no such file.
        LandmarkError: The file is of another kind or damaged, or loading it would run code.
    """
    path = Path(filename).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'{path} can not be found.')
    check_kind(path)
    return _load(
        functools.partial(torch.load, path, map_location=map_location, weights_only=True), str(path)
    )


def load_from_http(
    filename: str, map_location: Any = None, model_dir: str | None = None, progress: bool = True
) -> Any:
    """Download a checkpoint (once, on the first process) and load it, running none of its code.

    Raises:
        LandmarkError: The file is damaged, or loading it would run code.
    """
    from mmengine.dist import barrier, get_rank

    load = functools.partial(
        torch.hub.load_state_dict_from_url,
        filename,
        model_dir=model_dir,
        map_location=map_location,
        progress=progress,
        weights_only=True,
    )
    if get_rank() == 0:
        checkpoint = _load(load, filename)
        barrier()
        return checkpoint
    barrier()
    return _load(load, filename)


def fix_checkpoint_loading() -> bool:
    """Allow what MMEngine's checkpoints need and load every file with ``weights_only=True``.

    Returns:
        True: every MMEngine up to now either cannot reload its checkpoints or may run code.
    """
    from mmengine.logging import HistoryBuffer
    from mmengine.runner import checkpoint

    _allow(
        [
            *_numpy_globals(),
            (HistoryBuffer, 'mmengine.logging.history_buffer.HistoryBuffer'),
            (history_buffer_statistic, 'builtins.getattr'),
            (no_bytes, 'builtins.bytes'),
        ]
    )
    register = checkpoint.CheckpointLoader.register_scheme
    register('', load_from_local, force=True)
    register(('http://', 'https://'), load_from_http, force=True)
    # The model zoo schemes (torchvision://, open-mmlab://) call these by their module's names.
    checkpoint.load_from_local = load_from_local
    checkpoint.load_from_http = load_from_http
    return True
