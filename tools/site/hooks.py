"""What MkDocs calls to add the pages that are made from the code and from the README."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).resolve().parent))

from class_reference import class_reference  # noqa: E402
from gallery import gallery  # noqa: E402
from root_pages import changelog, home  # noqa: E402
from tool_reference import tool_reference  # noqa: E402

PAGES = {
    'index.md': home,
    'changelog.md': changelog,
    'gallery.md': gallery,
    'reference/classes.md': class_reference,
    'reference/tools.md': tool_reference,
}


def on_files(files: Files, config: Any) -> Files:
    """Add the made pages to those of ``docs/``."""
    for path, make in PAGES.items():
        files.append(File.generated(config, path, content=make(ROOT)))
    return files
