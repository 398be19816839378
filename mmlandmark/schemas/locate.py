"""Where the shipped schemas, mappings and unions lie: in a checkout or in an installed wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def configs_root() -> Path:
    """Return the folder that holds ``_base_/{schemas,mappings,unions}``.

    A checkout has it beside the package, an installed wheel inside it (``.mim/configs``).

    Raises:
        FileNotFoundError: Neither is there; the message names both places.
    """
    candidates = (PACKAGE.parent / 'configs', PACKAGE / '.mim' / 'configs')
    for root in candidates:
        if (root / '_base_' / 'schemas').is_dir():
            return root
    places = ' nor '.join(str(root / '_base_' / 'schemas') for root in candidates)
    raise FileNotFoundError(f'the schema files of mmlandmark are missing: neither {places} exists')


def shipped_files(kind: str, suffix: str) -> dict[str, Path]:
    """Return the shipped files of one kind by name.

    Args:
        kind: ``schemas``, ``mappings`` or ``unions``.
        suffix: ``.py`` or ``.json``.
    """
    files = (configs_root() / '_base_' / kind).glob(f'*{suffix}')
    return {path.stem: path for path in sorted(files, key=lambda path: path.stem)}
