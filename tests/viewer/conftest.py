"""Files of synthetic faces, and sessions that look at them."""

import pytest

pytest.importorskip('fastapi')
pytest.importorskip('uvicorn')

from mmlandmark.viewer import ViewerSession  # noqa: E402
from viewer.viewed import write_files  # noqa: E402


@pytest.fixture(scope='session')
def files(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp('viewed'))


@pytest.fixture
def session(files, tmp_path):
    (tmp_path / 'out').mkdir()
    return ViewerSession(
        files['faces'],
        files['pictures'],
        mappings=['face68-to-face48'],
        truth=files['truth'],
        out=tmp_path / 'out',
    )
