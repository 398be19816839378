"""A page of everything that mmlandmark registers in MMPose, with options and defaults."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

_HEAD = """# Registered classes

Every name that `import mmlandmark` adds to MMPose's registries, with its options; the text is that
of the code. Options that a class passes on to a base class are those of the base.
"""
_SECTIONS = re.compile(
    r'^(Args|Returns|Raises|Example|Examples|Yields|Note|Attributes):\s*$', re.MULTILINE
)
_OPTION = re.compile(r'^ {4}\**(\w+)[^:\n]*: ', re.MULTILINE)


def class_reference(root: Path) -> str:
    """Return the page as Markdown."""
    parts = [_HEAD]
    for registry, classes in registered().items():
        parts.append(f'\n## {registry}\n')
        parts += [describe(name, found) for name, found in classes.items()]
    return '\n'.join(parts)


def registered() -> dict[str, dict[str, Any]]:
    """Return registry -> name -> class or function of mmlandmark, in alphabetical order."""
    import mmpose.registry
    from mmengine.registry import Registry

    import mmlandmark  # noqa: F401

    found = {}
    for title, registry in vars(mmpose.registry).items():
        if isinstance(registry, Registry):
            own = {
                name: kept
                for name, kept in sorted(registry.module_dict.items())
                if kept.__module__.startswith('mmlandmark') and 'compat' not in kept.__module__
            }
            if own:
                found[title] = own
    return dict(sorted(found.items()))


def describe(name: str, found: Any) -> str:
    """Return the section of one class."""
    text = inspect.getdoc(found) or ''
    options = _options(found)
    lines = [f'### {name}', '', f'`{found.__module__}`', '', _markdown(_intro(text)), '']
    meanings = option_texts(text)
    shown = [key for key in options if key in meanings] or [
        key for key in options if key not in ('args', 'kwargs')
    ]
    if shown:
        lines += ['| option | default | meaning |', '| --- | --- | --- |']
        lines += [
            f'| `{key}` | {options[key]} | {_cell(_markdown(meanings.get(key, "")))} |'
            for key in shown
        ]
        lines.append('')
    bases = [base.__name__ for base in getattr(found, '__mro__', ())[1:2] if base is not object]
    if bases and 'kwargs' in options:
        lines += [f'and the options of `{bases[0]}`.', '']
    return '\n'.join(lines)


def option_texts(text: str) -> dict[str, str]:
    """Return option -> meaning of the section ``Args:`` of a docstring."""
    parts = _SECTIONS.split(text)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    pieces = _OPTION.split(sections.get('Args', ''))
    return {
        key: ' '.join(meaning.split())
        for key, meaning in zip(pieces[1::2], pieces[2::2], strict=True)
    }


def _intro(text: str) -> str:
    return _SECTIONS.split(text)[0].strip()


def _options(found: Any) -> dict[str, str]:
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {
        p.name: 'required' if p.default is p.empty else f'`{_plain(p.default)}`'
        for p in parameters
        if p.name != 'self'
    }


def _plain(default: Any) -> str:
    """A default as a config writes it; addresses of objects are of no use to anyone."""
    text = _cell(repr(default))
    return getattr(default, '__name__', '...') if ' at 0x' in text else text


def _cell(text: str) -> str:
    return text.replace('|', '&#124;')


def _markdown(text: str) -> str:
    """Sphinx's marks as Markdown's."""
    text = re.sub(r':\w+:`[~!.]?([^`]+)`', r'`\1`', text)
    return re.sub(r'``([^`]+)``', r'`\1`', text)
