"""Reports without a model: an evaluator that has seen samples, in a runner that is none."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mmengine.config import Config

from mmlandmark.apis.report_test import ReportHook


class Checker(HTMLParser):
    """Collects what a page would load, and whether its tags are closed."""

    VOID = ('meta', 'img', 'br', 'input')

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.loads = [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.loads += [value for key, value in attrs if key in ('src', 'href')]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


class Data:
    """A data set of so many samples, with attributes."""

    def __init__(self, count: int, **attributes: Any) -> None:
        self.count = count
        vars(self).update(attributes)

    def __len__(self) -> int:
        return self.count


def report(
    folder: Path,
    evaluator: Any,
    meta: dict,
    samples: list[dict],
    *,
    size: int | None = None,
    name: str = 'report.html',
    attributes: dict[str, Any] | None = None,
    cases: int = 2,
) -> tuple[Path, dict[str, float]]:
    """Let an evaluator measure samples and the hook write its report; its path and the figures."""
    (folder / 'my_config.py').write_text('a = 1')
    evaluator.dataset_meta = meta
    runner = SimpleNamespace(
        test_loop=SimpleNamespace(evaluator=evaluator),
        test_dataloader=SimpleNamespace(
            dataset=Data(len(samples) if size is None else size, **(attributes or {}))
        ),
        cfg=Config(dict(load_from='best.pth'), filename=str(folder / 'my_config.py')),
        world_size=1,
        log_dir=str(folder),
    )
    count = len(samples) if size is None else size
    hook = ReportHook(folder / name, cases)
    hook.before_test(runner)
    for start in range(0, len(samples), 4):
        batch = samples[start : start + 4]
        evaluator.process(batch, dict(inputs=batch, data_samples=batch))
        hook.after_test_iter(runner, start // 4, None, batch)
    figures = evaluator.evaluate(count)
    hook.after_test_epoch(runner, figures)
    return folder / name, figures


def tables(page: str) -> dict[str, list[dict[str, str]]]:
    """The rows of the first table under every heading."""
    found = {}
    for part in page.split('<h2>')[1:]:
        heading, _, rest = part.partition('</h2>')
        if '<table>' not in rest:
            continue
        table = rest[rest.index('<table>') : rest.index('</table>')]
        rows = [re.findall(r'<t[hd][^>]*>(.*?)</t[hd]>', row) for row in table.split('<tr>')[1:]]
        head, *body = [[unescape(cell) for cell in row] for row in rows]
        found[unescape(heading)] = [dict(zip(head, row, strict=True)) for row in body]
    return found
