"""Bars are for terminals; whoever reads the output of a tool gets none."""

import pytest
from rich.console import Console

from mmlandmark.progress import counting, track, waiting


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(Console, 'is_terminal', property(lambda console: True))


def work():
    done = []
    for item in track(['a', 'b', 'c'], 'pictures'):
        done.append(item)
    with counting('converting') as progress:
        progress(1, 3)
        progress(3, 3)
    with waiting('reading'):
        return done


def test_nothing_is_shown_elsewhere_and_items_stay_themselves(capfd):
    items = ['a', 'b']
    assert track(items, 'pictures') is items
    assert work() == ['a', 'b', 'c']
    assert capfd.readouterr() == ('', '')


def test_a_terminal_sees_what_is_counted_on_its_error_stream(terminal, capfd):
    assert work() == ['a', 'b', 'c']
    out, shown = capfd.readouterr()
    assert out == ''
    for words in ('pictures', '3/3', 'converting', 'reading'):
        assert words in shown, words


def test_a_count_without_an_end_is_shown_too(terminal, capfd):
    assert list(track((letter for letter in 'ab'), 'frames')) == ['a', 'b']
    assert '2/?' in capfd.readouterr().err


def test_an_error_passes_through(terminal, capfd):
    with pytest.raises(ValueError, match='of the work'), counting('converting'):
        raise ValueError('of the work')
