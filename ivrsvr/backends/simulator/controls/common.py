"""What the controls share: empty requests and answers, and refusals."""

from typing import Any

from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.registry import Request, RequestError, Response

GROUP = "simulator"

DONE: dict[str, Any] = {"msgtype": "response", "id": "1", "result": "success", "error": ""}
"""The answer to whatever has nothing to tell."""


class Nothing(Request):
    """A request without keys."""


class Acted(Response):
    """It happened."""

    error: str = ""


def wrong_state(text: str) -> RequestError:
    error = CSTAUniversalFailure.INVALID_OBJECT_STATE
    return RequestError(error.name, int(error), text, 409)


def bad_value(text: str) -> RequestError:
    error = CSTAUniversalFailure.VALUE_OUT_OF_RANGE
    return RequestError(error.name, int(error), text, 400)


def unknown(text: str) -> RequestError:
    error = CSTAUniversalFailure.INVALID_CSTA_DEVICE_IDENTIFIER
    return RequestError(error.name, int(error), text, 404)
