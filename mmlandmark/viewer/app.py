"""The viewer's server: a page, its pictures, and the questions that it asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from mmlandmark.errors import LandmarkError
from mmlandmark.viewer import answers
from mmlandmark.viewer.drawings import describe_schema
from mmlandmark.viewer.guard import Guard
from mmlandmark.viewer.output import FileExists
from mmlandmark.viewer.requests import ListRequest, PictureRequest, SaveRequest
from mmlandmark.viewer.saving import export_file, save_mapping
from mmlandmark.viewer.session import ViewerSession

PAGE = Path(__file__).resolve().parent / 'page'
THUMBNAIL_SIDE = 96
_KINDS = {'.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css'}


class Json(Response):
    """Strict JSON; a number that is none becomes null, arrays become lists."""

    media_type = 'application/json'

    def render(self, content: Any) -> bytes:
        """Return the bytes of the answer."""
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def make_app(session: ViewerSession, token: str, port: int, once: str | None = None) -> FastAPI:
    """Return the application that serves a session.

    Args:
        session: What it shows.
        token: The secret that every request must carry.
        port: Where it will listen on 127.0.0.1.
        once: Another secret, which opens the page a single time.
    """
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(Guard, token=token, port=port, once=once)],
        exception_handlers={
            LandmarkError: _wrong,
            RequestValidationError: _malformed,
            Exception: _failed,
        },
    )
    _serve_page(app)
    _serve_pictures(app, session)
    _serve_views(app, session)
    return app


def _serve_page(app: FastAPI) -> None:
    files = {path.name: path for path in PAGE.iterdir() if path.suffix in _KINDS}

    @app.get('/')
    def index() -> Response:
        return _page_file(files['index.html'])

    @app.get('/page/{name}')
    def part(name: str) -> Response:
        return _page_file(files[name]) if name in files else Response(status_code=404)


def _serve_pictures(app: FastAPI, session: ViewerSession) -> None:
    @app.get('/api/picture/{index}')
    def picture(index: int) -> Response:
        _check_index(session, index)
        content, kind = session.pictures.content(index)
        return Response(content, media_type=kind, headers={'Cache-Control': 'private, no-cache'})

    @app.get('/api/thumbnail/{index}')
    def thumbnail(index: int) -> Response:
        _check_index(session, index)
        content = session.pictures.thumbnail(index, THUMBNAIL_SIDE)
        headers = {'Cache-Control': 'private, max-age=600'}
        return Response(content, media_type='image/jpeg', headers=headers)


def _serve_views(app: FastAPI, session: ViewerSession) -> None:
    @app.get('/api/start')
    def start() -> Response:
        return Json(answers.start(session))

    @app.get('/api/schema')
    def schema(name: str) -> Response:
        return Json({**describe_schema(session.schema(name)), 'name': name})

    @app.get('/api/converters')
    def converters(schema: str) -> Response:
        return Json(answers.converters(session, session.own_schema(schema)))

    @app.post('/api/list')
    def listing(asked: ListRequest) -> Response:
        return Json(answers.listing(session, asked))

    @app.post('/api/points')
    def points(asked: PictureRequest) -> Response:
        return Json(answers.picture(session, asked))

    @app.post('/api/mapping')
    def mapping(asked: SaveRequest) -> Response:
        return _saved(session, asked, save_mapping)

    @app.post('/api/export')
    def export(asked: SaveRequest) -> Response:
        return _saved(session, asked, export_file)


def _saved(
    session: ViewerSession,
    asked: SaveRequest,
    make: Callable[[ViewerSession, SaveRequest], tuple[dict[str, Any], bytes]],
) -> Response:
    told, content = make(session, asked)
    if not asked.download:
        return Json(told)
    name = quote(Path(asked.file_name).name or 'download.json')
    disposition = f"attachment; filename*=UTF-8''{name}"
    return Response(
        content, media_type='application/json', headers={'Content-Disposition': disposition}
    )


def _check_index(session: ViewerSession, index: int) -> None:
    count = len(session.pictures.names)
    if not 0 <= index < count:
        raise LandmarkError(f'there is no picture {index}; the file lists {count}')


def _page_file(path: Path) -> Response:
    return Response(
        path.read_bytes(),
        media_type=_KINDS[path.suffix],
        headers={'Cache-Control': 'no-cache'},
    )


def _wrong(request: Request, error: Exception) -> Response:
    exists = isinstance(error, FileExists)
    said = {'error': ' '.join(str(error).split()), 'exists': exists}
    return Json(said, status_code=409 if exists else 400)


def _failed(request: Request, error: Exception) -> Response:
    """Tell the page of an error of the viewer itself; the server prints its traceback."""
    said = f'{request.url.path} failed: {type(error).__name__}: {error}'
    said = ' '.join(said.encode(errors='replace').decode().split())
    return Json({'error': said, 'exists': False}, status_code=500)


def _malformed(request: Request, error: Exception) -> Response:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    place = '.'.join(map(str, first.get('loc', ())))
    return Json({'error': f'{place}: {first.get("msg", error)}', 'exists': False}, status_code=422)
