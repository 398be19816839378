"""Run MMPose's own unit tests with mmlandmark imported first.

``python tools/analysis/run_mmpose_tests.py PATH`` takes a checkout of MMPose at the installed
version and uses only its ``tests/`` and ``configs/``; the code under test is the installed MMPose.
Failures listed with a reason in ``mmpose_known_failures.json`` are expected. Exit status 0 means
that nothing else failed.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import sys
from pathlib import Path
from typing import Any

KNOWN = Path(__file__).with_name('mmpose_known_failures.json')


class Recorder:
    """A pytest plugin that keeps the outcome of every test."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}
        self.passed = 0
        self.skipped = 0

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count a test once: by its call, or by the stage that kept it from being called."""
        if report.failed:
            self.failed[report.nodeid] = _last_line(report)
        elif report.skipped:
            self.skipped += 1
        elif report.when == 'call':
            self.passed += 1

    def pytest_collectreport(self, report: Any) -> None:
        """A file that cannot be imported is a failure of its own."""
        if report.failed:
            self.failed[report.nodeid] = _last_line(report)


def _last_line(report: Any) -> str:
    crash = getattr(report.longrepr, 'reprcrash', None)
    text = crash.message if crash else str(report.longrepr)
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[0][:160] if crash else lines[-1][:160]


def parse_args() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('checkout', type=Path, help='a checkout of MMPose with tests/ and configs/')
    parser.add_argument('tests', nargs='*', default=[], help='files or folders; default: tests')
    parser.add_argument('--json', type=Path, help='file for the outcome')
    return parser.parse_args()


def use_configs_of(checkout: Path) -> None:
    """Point MMPose's test helpers to the checkout: the wheel has no configs where they look."""
    from mmpose.testing import _utils

    _utils.get_repo_dir = lambda: str(checkout)


def run(checkout: Path, tests: list[str], skipped_paths: list[str]) -> Recorder:
    """Run the tests in this process, from inside the checkout, and return what happened."""
    # The checkout's own `mmpose` folder must not shadow the installed package.
    sys.path[:] = [p for p in sys.path if p and Path(p).resolve() not in (checkout, KNOWN.parent)]
    os.chdir(checkout)

    import pytest

    import mmlandmark  # noqa: F401  first: this is what is being proved

    use_configs_of(checkout)
    recorder = Recorder()
    ignore = [f'--ignore={path}' for path in skipped_paths]
    options = ['-q', '-o', 'addopts=', '-p', 'no:cacheprovider', '-W', 'ignore', '--tb=line']
    pytest.main([*options, *ignore, *(tests or ['tests'])], plugins=[recorder])
    return recorder


def main() -> int:
    """Print the counts and the failures that are not listed."""
    args = parse_args()
    checkout = args.checkout.resolve()
    if not (checkout / 'tests').is_dir() or not (checkout / 'configs').is_dir():
        print(f'error: {checkout}: expected a checkout of MMPose with tests/ and configs/')
        return 2
    output = args.json.resolve() if args.json else None
    known = json.loads(KNOWN.read_text(encoding='utf-8'))
    recorder = run(checkout, args.tests, [entry['path'] for entry in known['not_run']])

    patterns = [entry['test'] for entry in known['failures']]
    unlisted = {
        test: message
        for test, message in recorder.failed.items()
        if not any(fnmatch.fnmatchcase(test, pattern) for pattern in patterns)
    }
    listed = len(recorder.failed) - len(unlisted)
    print(
        f'{recorder.passed} passed, {recorder.skipped} skipped, {listed} failed as listed, '
        f'{len(unlisted)} failed unlisted'
    )
    for test, message in unlisted.items():
        print(f'UNLISTED {test}\n    {message}')
    if output:
        outcome = {
            'passed': recorder.passed,
            'skipped': recorder.skipped,
            'failed': recorder.failed,
        }
        output.write_text(json.dumps(outcome, indent=1), encoding='utf-8')
    return 1 if unlisted or not recorder.passed else 0


if __name__ == '__main__':
    sys.exit(main())
