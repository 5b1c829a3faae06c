"""What can go wrong, as exceptions.

ClientError
    RequestFailed       the server says why it did not carry out the request
    Disconnected        there was no server to say anything
        TimedOut        ... in the time that a request has
"""

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """Everything that this package raises."""


class RequestFailed(ClientError):  # noqa: N818 - the same name in every client
    """The server did not carry out a request.

    response:  its whole response object.
    reason:    the error's name, such as NO_HELD_CALL.
    errorcode: a CSTA universal failure, 1000 + an ACS one, or one of the server's own from 2000 up; 0 = not said.
    """

    def __init__(self, response: Mapping[str, Any]) -> None:
        said = str(response.get("error") or "the request failed")
        code = response.get("errorcode")
        super().__init__(said)
        self.response = dict(response)
        self.reason = said.partition(":")[0]
        self.errorcode = code if isinstance(code, int) else 0


class Disconnected(ClientError):  # noqa: N818
    """The client was closed, or the server could not be reached."""


class TimedOut(Disconnected):
    """No answer within the time that a request has, reconnects included.

    idempotencykey: of a request that changes something: asked again with it, it is carried out once; "" = of others.
    """

    def __init__(self, text: str, idempotencykey: str = "") -> None:
        super().__init__(text)
        self.idempotencykey = idempotencykey


class Garbage(Exception):  # noqa: N818 - says what was found
    """What came is no message of an ivrsvr. Never leaves the package: the connection is given up instead."""
