"""The HTTP port: the lean way for requests, and a FastAPI application for everything that people and tools read."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route

from ivrsvr import __version__
from ivrsvr.interfaces.access import Access, credential_of
from ivrsvr.interfaces.asyncapi import asyncapi
from ivrsvr.interfaces.http.answers import (
    ENCRYPTED,
    SECURITY,
    Receive,
    Scope,
    Send,
    adding,
    framed,
    send_octets,
    send_refusal,
    text_headers,
)
from ivrsvr.interfaces.http.metrics import MEDIA
from ivrsvr.interfaces.http.openapi import openapi
from ivrsvr.interfaces.http.pages.files import PAGES, File, load
from ivrsvr.interfaces.http.pages.reference import SCRIPT, STYLE, front_page, reference_page
from ivrsvr.interfaces.http.rest import Rest, unknown
from ivrsvr.interfaces.http.sse import PATH as EVENTS
from ivrsvr.interfaces.http.sse import EventStreams
from ivrsvr.interfaces.origins import PREFLIGHT, cors, foreign
from ivrsvr.registry import Registry, RequestError
from ivrsvr.service.errors import Own, own, response, unrecognized

HEADERS = {name.decode(): value.decode() for name, value in SECURITY}


REQUESTS = ("/api/", "/sim/", "/admin/")
"""What the paths of requests begin with."""

OPEN = frozenset({"/health/live", "/health/ready", "/docs.js", "/docs.css", *PAGES})
"""Paths for which nobody has to prove who he is: load balancers ask for health, browsers for pages and their parts,
which hold nothing of the site; what a page then asks for needs a key.
"""

PARTS = "/ui/"
"""What the paths of the pages' parts begin with; as open as `OPEN`."""


class HttpDoor:
    """The ASGI application of one HTTP listener.

    Requests of the registry go straight to `Rest`; the rest of the paths belongs to FastAPI. Who asks is decided here,
    once for all of them, and stands in the scope as `identity`.

    access:    the decision; None = nobody is asked (the simulator alone).
    events:    Server-Sent Events; None = there are none (the simulator alone).
    protected: whether a key or token must be brought.
    origins:   sites whose pages may use the server.
    frames:    sites that may show pages of this server in a frame.
    """

    def __init__(
        self,
        rest: Rest,
        pages: FastAPI,
        access: Access | None = None,
        *,
        events: EventStreams | None = None,
        protected: bool = False,
        origins: frozenset[str] = frozenset(),
        frames: tuple[str, ...] = (),
    ) -> None:
        self._rest = rest
        self._pages = pages
        self._access = access
        self._events = events
        self._protected = protected
        self._origins = origins
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = text_headers(scope)
        allowed = cors(headers.get("origin", ""), self._origins)
        if allowed:
            send = adding(send, allowed)
            if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                await send_octets(send, 204, b"", [*SECURITY, *PREFLIGHT])
                return
        if scope["scheme"] == "https":
            send = adding(send, ENCRYPTED)
        path: str = scope["path"]
        try:
            await self._enter(scope, headers, path)
        except RequestError as error:
            await send_refusal(send, error)
            return
        if path == EVENTS and self._events is not None:
            await self._events(scope, receive, send)
            return
        if path.startswith(REQUESTS):
            await self._rest(scope, receive, send)
        else:
            await self._pages(scope, receive, framed(send, self._frames) if self._frames else send)

    async def _enter(self, scope: Scope, headers: dict[str, str], path: str) -> None:
        """Find out who asks. Raises RequestError."""
        reason = foreign(headers, self._origins, protected=self._protected) if path.startswith(REQUESTS) else ""
        if reason:
            raise own(Own.NOT_AUTHORIZED, reason)
        if self._access is None or path in OPEN or path.startswith(PARTS):
            return
        address = str(scope["client"][0]) if scope.get("client") else ""
        credential = credential_of(headers, scope["query_string"].decode("latin-1"))
        identity = await self._access.identify(credential, address, protected=self._protected)
        if self._protected or credential:
            self._access.count(identity, address)
        scope["identity"] = identity


def build_pages(
    registry: Registry, unready: Callable[[], str] = lambda: "", metrics: Callable[[], bytes] | None = None
) -> FastAPI:
    """Documents, pages, health and metrics of a server.

    unready: why it cannot serve requests now; "" = it can.
    metrics: the text for Prometheus; None = there are none.
    """
    app = FastAPI(
        title="ivrsvr",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        default_response_class=Plain,
    )

    def add(path: str, get: Callable[[Request], Response]) -> None:
        async def endpoint(request: Request) -> Response:  # not a plain function: that would go to a thread
            return get(request)

        app.router.routes.append(Route(path, endpoint, methods=["GET"]))

    documents = _Documents(registry)
    add("/", lambda _: _page(front_page(registry)))
    add("/docs", lambda _: _page(reference_page(registry)))
    add("/docs.js", lambda _: Response(SCRIPT, media_type="text/javascript", headers=HEADERS))
    add("/docs.css", lambda _: Response(STYLE, media_type="text/css", headers=HEADERS))
    add("/openapi.json", lambda _: documents.answer("openapi", openapi))
    add("/asyncapi.json", lambda _: documents.answer("asyncapi", asyncapi))
    add("/health/live", lambda _: Plain({"status": "live", "version": __version__}, headers=HEADERS))

    for path, file in load().items():
        add(path, partial(_file, file))

    def ready(_: Request) -> Response:
        reason = unready()
        body = {"status": "not ready", "reason": reason} if reason else {"status": "ready"}
        return Plain(body, status_code=503 if reason else 200, headers=HEADERS)

    add("/health/ready", ready)
    if metrics is not None:
        add("/metrics", lambda _: Response(metrics(), headers={**HEADERS, "content-type": MEDIA}))

    def no_upgrade(_: Request) -> Response:
        fault = unrecognized(
            "/ws speaks WebSocket; connect with a WebSocket client",
        )
        return JSONResponse(response("", fault), 426, {**HEADERS, "upgrade": "websocket", "connection": "upgrade"})

    add("/ws", no_upgrade)

    async def wrong(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _wrong(request, error, [route.path for route in app.routes if isinstance(route, Route)])

    app.add_exception_handler(HTTPException, wrong)
    app.add_exception_handler(Exception, _failed)
    return app


def _file(file: File, request: Request) -> Response:
    status, body, headers = file.answer(text_headers(request.scope))
    return Response(body, status, {**HEADERS, **headers})


class Plain(JSONResponse):
    """JSON as people like to read it."""

    def render(self, content: Any) -> bytes:
        return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


class _Documents:
    """Documents that are made when first asked for, and kept."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._made: dict[str, bytes] = {}

    def answer(self, name: str, make: Callable[[Registry], dict[str, Any]]) -> Response:
        if name not in self._made:
            self._made[name] = json.dumps(make(self._registry), ensure_ascii=False, indent=1).encode()
        return Response(self._made[name], media_type="application/json", headers=HEADERS)


def _page(html: str) -> Response:
    return HTMLResponse(html, headers=HEADERS)


def _wrong(request: Request, error: HTTPException, paths: list[str]) -> Response:
    """A path or a method that does not exist, answered like any failed request."""
    path = request.url.path
    if error.status_code == 405:
        fault = unrecognized(f"{path[:100]} takes GET, not {request.method[:20]}")
    else:
        fault = unknown(path, paths)
    headers = {**HEADERS, **(error.headers or {})}
    return JSONResponse(response("", fault), status_code=error.status_code, headers=headers)


async def _failed(_request: Request, _error: Exception) -> Response:
    """The last resort: a fault of ours; the log has the traceback, the client never."""
    return JSONResponse(response("", own(Own.INTERNAL_ERROR)), status_code=500, headers=HEADERS)
