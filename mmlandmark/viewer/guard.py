"""Who may ask the viewer's server: the page that its own address opened, and nobody else.

It listens on 127.0.0.1, but any page in the same browser can send requests there, and so can any
account of the machine. So a request must name this address (against DNS rebinding), must not come
from another page (against forged requests), and must carry the token of this run.
"""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = '127.0.0.1'
_SECURITY = {
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
}


class Guard:
    """Middleware that refuses what does not come from the viewer's own page.

    Args:
        app: What it guards.
        token: The secret of this run.
        port: Where the server listens.
        once: Another secret that opens the page a single time, for an address that other accounts
            can read, as in the command line of a browser; None: there is none.
    """

    def __init__(self, app: ASGIApp, token: str, port: int, once: str | None = None) -> None:
        self._app, self._token, self._once = app, token, once
        self._hosts = {f'{name}:{port}' for name in (HOST, 'localhost')}
        self._cookie = f'mmlandmark-viewer-{port}'  # cookies do not tell ports apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with status 403."""
        if scope['type'] == 'lifespan':
            await self._app(scope, receive, send)
            return
        if scope['type'] != 'http':
            return
        request = Request(scope)
        problem, cookie = self._problem(request), None
        if problem is None and 'token' in request.query_params:
            # the page takes it out of its address; from then on the cookie speaks
            if self._opens(request.query_params['token']):
                cookie = f'{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict'
            elif not self._has_token(request.headers):
                problem = 'Refused: a used token, or one of another run; open the printed address.'
        elif problem is None and not self._has_token(request.headers):
            problem = 'Open the whole address that the viewer printed, with its token.'
        answer = PlainTextResponse(problem, status_code=403) if problem else self._app
        await answer(scope, receive, _with_headers(send, cookie))

    def _problem(self, request: Request) -> str | None:
        headers = request.headers
        host, origin = headers.get('host', ''), headers.get('origin')
        if host not in self._hosts:
            return 'Refused: the viewer has no such host name.'
        if origin is not None and origin != f'http://{host}':
            return 'Refused: a request of another page.'
        if headers.get('sec-fetch-site', 'none') not in ('same-origin', 'none'):
            # a link on another page may open the address, which takes the token
            opened = headers.get('sec-fetch-mode') == 'navigate' and request.method == 'GET'
            if not (opened and 'token' in request.query_params):
                return 'Refused: a request of another page.'
        if request.method not in ('GET', 'HEAD'):
            # which no page of another origin can send without asking first
            kind = headers.get('content-type', '').split(';')[0].strip().lower()
            if kind != 'application/json':
                return 'Refused: expected JSON.'
        return None

    def _has_token(self, headers: Headers) -> bool:
        kind, _, given = headers.get('authorization', '').partition(' ')
        if kind == 'Bearer' and self._is_token(given):
            return True
        try:
            cookie = SimpleCookie(headers.get('cookie', '')).get(self._cookie)
        except CookieError:
            return False
        return cookie is not None and self._is_token(cookie.value)

    def _opens(self, given: str) -> bool:
        if self._once is not None and secrets.compare_digest(given.encode(), self._once.encode()):
            self._once = None
            return True
        return self._is_token(given)

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())


def _with_headers(send: Send, cookie: str | None) -> Send:
    extra = {**_SECURITY, **({'Set-Cookie': cookie} if cookie else {})}

    async def sending(message: Message) -> None:
        if message['type'] == 'http.response.start':
            own = [(k.lower().encode(), v.encode()) for k, v in extra.items()]
            message = {**message, 'headers': [*message['headers'], *own]}
        await send(message)

    return sending
