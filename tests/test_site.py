"""The documentation site builds without a warning and holds what is made from the code."""

import logging
import re

import pytest

pytest.importorskip('mmpose')
commands = pytest.importorskip('mkdocs.commands.build')

from mkdocs.config import load_config  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def site(repo, tmp_path_factory):
    folder = tmp_path_factory.mktemp('site')
    said = []

    class Keep(logging.Handler):
        def emit(self, record):
            said.append(record.getMessage())

    handler = Keep(logging.WARNING)
    logger = logging.getLogger('mkdocs')
    logger.addHandler(handler)
    try:
        config = load_config(str(repo / 'mkdocs.yml'), site_dir=str(folder), strict=True)
        commands.build(config)
    finally:
        logger.removeHandler(handler)
    assert said == []
    return folder


def text_of(page):
    return re.sub(r'<[^>]+>', '', page.read_text(encoding='utf-8'))


def test_every_page_is_in_the_navigation_and_built(site, repo):
    pages = {path.stem for path in (repo / 'docs').glob('*.md')}
    assert pages <= {path.parent.name for path in site.glob('*/index.html')}
    home = (site / 'index.html').read_text(encoding='utf-8')
    assert 'href="install/"' in home and 'docs/install.md' not in home


def test_the_reference_names_what_is_registered_with_options(site):
    from mmpose.registry import METRICS, MODELS

    page = text_of(site / 'reference' / 'classes' / 'index.html')
    for registry in (MODELS, METRICS):
        own = [
            n for n, c in registry.module_dict.items() if c.__module__.startswith('mmlandmark.m')
        ]
        assert all(name in page for name in own)
    after = page[page.index('mmlandmark.models.heads.union_heatmap_head') :]
    assert 'union' in after[:2000] and 'required' in after[:2000]


def test_the_reference_of_tools_shows_their_help(site, repo):
    page = text_of(site / 'reference' / 'tools' / 'index.html')
    assert 'usage: train.py' in page and '--auto-scale-lr' in page
    for tool in (repo / 'tools' / 'dataset_converters').glob('*.py'):
        assert f'usage: {tool.name}' in page


def test_the_gallery_draws_every_schema(site):
    from mmlandmark.schemas import list_schemas

    page = (site / 'gallery' / 'index.html').read_text(encoding='utf-8')
    assert all(f'aria-label="{name}, ' in page for name in list_schemas())
    assert page.count('<svg viewBox="0 0 ') >= len(list_schemas())


def test_nothing_is_loaded_from_elsewhere(site):
    """The site works offline: no font, script or style of another host."""
    for page in (site / 'index.html', site / 'gallery' / 'index.html'):
        loaded = re.findall(
            r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)"', page.read_text()
        )
        assert loaded == []
