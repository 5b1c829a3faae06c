"""REST: one lean ASGI endpoint for all requests of the registry; the registry says which method and path each has.

Ordinary requests come by `POST /api/{request}` with the JSON object or a form as body, or by
`GET /api/{request}?extension=...` for IVR platforms that can only fetch a URL. The body of the answer is always the
response object.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from ivrsvr.interfaces.access import NOBODY, Identity
from ivrsvr.interfaces.audit import Handle
from ivrsvr.interfaces.gate import Seating
from ivrsvr.interfaces.http.answers import Receive, Scope, Send, send_json, text_header
from ivrsvr.interfaces.http.bodies import read_body
from ivrsvr.interfaces.parsing import encode, is_form, parse, parse_query
from ivrsvr.registry import Caller, Entry, Registry, RequestError
from ivrsvr.service.errors import Own, out_of_range, own, response, status_of, unrecognized
from ivrsvr.service.service import identity_of
from ivrsvr.service.trace import Trace, shown


class Rest:
    """The routes of a registry as one ASGI application.

    body_most:   octets of a request's body.
    body_s:      seconds in which the body must have arrived.
    trace:       shows those who watch `rest` every request with its answer.
    seating:     the extensions of clients that name none.
    """

    def __init__(
        self,
        registry: Registry,
        handle: Handle,
        *,
        body_most: int = 65536,
        body_s: float = 10.0,
        trace: Trace | None = None,
        seating: Seating | None = None,
    ) -> None:
        self._handle = handle
        self._trace = trace or Trace()
        self._seating = seating
        self._body_most = body_most
        self._body_s = body_s
        self._paths: dict[str, dict[str, Entry]] = {}
        self._templates: list[tuple[list[str], dict[str, Entry]]] = []
        for entry in registry:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        for method, path in entry.routes:
            if "{" not in path:
                self._paths.setdefault(path, {})[method] = entry
                continue
            parts = path.split("/")
            known = next((methods for known, methods in self._templates if known == parts), None)
            if known is None:
                known = {}
                self._templates.append((parts, known))
            known[method] = entry

    def find(self, path: str) -> tuple[dict[str, Entry], dict[str, str]] | None:
        """The entries at a path by method, and the values in the path; None = there is nothing."""
        methods = self._paths.get(path)
        if methods is not None:
            return methods, {}
        parts = path.split("/")
        for template, found in self._templates:
            values = _match(template, parts)
            if values is not None:
                return found, values
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: dict[str, Any] = {}
        try:
            answer, status, headers = await self._respond(scope, receive, request)
        except RequestError as error:
            answer, status, headers = response(identity_of(request.get("id")), error), error.status, ()
        await send_json(send, status, answer, *headers)

    async def _respond(
        self, scope: Scope, receive: Receive, request: dict[str, Any]
    ) -> tuple[dict[str, Any], int, tuple[tuple[bytes, bytes], ...]]:
        """The response object, the HTTP status, and further headers. Fills in the request, as far as it can be read."""
        path: str = scope["path"]
        method: str = scope["method"]
        found = self.find(path)
        entry = found[0].get(method) if found is not None else None
        if found is None or entry is None:
            with suppress(RequestError):  # the id comes back where there is one; what else is wrong matters less
                await self._read(scope, receive, request)
            if found is None:
                raise unknown(path, self._names())
            allowed = ", ".join(found[0])
            error = unrecognized(f"{path[:100]} takes {allowed}, not {method[:20]}")
            return response(identity_of(request.get("id")), error), 405, ((b"allow", allowed.encode()),)
        await self._read(scope, receive, request)
        request.pop("token", None)  # the door has seen it, and nobody else needs to
        _agree(found[1], request)
        request |= found[1]
        named = request.get("request")
        if named is not None and named != entry.name:
            raise out_of_range(f'the URL asks for {entry.name}, and the key "request" for {str(named)[:100]}')
        request["request"] = entry.name
        answer = await self._handle(request, self._caller(scope))
        status = status_of(answer)
        if self._trace.wanted("rest"):
            self._trace.put("rest", lambda: f"{method} {path} {shown(request)} -> {status} {shown(answer)}")
        return answer, status, ()

    async def _read(self, scope: Scope, receive: Receive, request: dict[str, Any]) -> None:
        """Fill in a request from the query string and the body. Raises RequestError."""
        asked = parse_query(scope["query_string"])
        request |= asked
        if scope["method"] == "GET":
            return
        body = await read_body(receive, most=self._body_most, limit_s=self._body_s, name="http_maxbody")
        if not body.strip():
            return
        given: dict[str, Any] = parse_query(body.strip(), "form") if is_form(body) else parse(body)
        request |= given | {"id": asked["id"]} if "id" in asked else given
        _agree(asked, given)

    def _names(self) -> Iterable[str]:
        return self._paths

    def _caller(self, scope: Scope) -> Caller:
        client = scope.get("client")
        address = str(client[0]) if client else ""
        identity: Identity = scope.get("identity", NOBODY)
        return identity.caller(
            "rest",
            address,
            extension=self._seating.extension(address) if self._seating is not None else "",
            idempotency_key=_idempotency_key(scope),
            traceparent=text_header(scope, b"traceparent"),
        )


def _idempotency_key(scope: Scope) -> str:
    """The key in the head of a request; "" = it has none. Raises RequestError for one that is empty, and for two."""
    found = {value for name, value in scope["headers"] if name == b"idempotency-key"}
    if b"" in found or len(found) > 1:
        raise out_of_range("the header Idempotency-Key must name one key, or be left out")
    return str(found.pop(), "latin-1") if found else ""


def _agree(in_url: Mapping[str, str], given: Mapping[str, Any]) -> None:
    """Raises RequestError where a key of the URL has another value elsewhere."""
    for key, value in in_url.items():
        other = given.get(key, value)
        if value != (other if isinstance(other, str) else encode(other)):
            raise own(Own.MALFORMED_JSON, f'the key "{key[:40]}" is given twice, with different values')


_NEAR = 0.8
"""How alike paths are where one is meant: all requests begin with `/api/`, which alone makes them somewhat alike."""


def unknown(path: str, known: Iterable[str]) -> RequestError:
    """What a caller is told who asks for a path that is not there."""
    shown = path[:100]
    near = get_close_matches(shown.lower(), list(known), n=1, cutoff=_NEAR)
    hint = f"did you mean {near[0]}?" if near else "/docs lists what there is"
    return unrecognized(f"there is nothing at {shown}; {hint}")


def _match(template: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(template) != len(parts):
        return None
    values: dict[str, str] = {}
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{"):
            if not part:
                return None
            values[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return values
