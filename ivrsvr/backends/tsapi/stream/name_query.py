"""A question to the name service: which TLINKs does an AES advertise? Source: wire.md section 5."""

from dataclasses import dataclass

from ivrsvr.backends.tsapi.stream.channel import Channel, Message, Trace, Undecoded
from ivrsvr.backends.tsapi.wire.ber import DecodeError
from ivrsvr.backends.tsapi.wire.names import IPAddress, decode_address
from ivrsvr.csta.acs import ACSAbortStream, ACSNameSrvReply, ACSNameSrvRequest
from ivrsvr.csta.enums import StreamType
from ivrsvr.csta.pdu import EventClass

_MAX_PARTS = 100
"""Replies that are taken; a server that answers every question with the first part again would never end."""


@dataclass(frozen=True, slots=True)
class Advertised:
    """A TLINK and where it is said to be. Clients mostly keep the port and the host that they asked."""

    name: str
    address: IPAddress
    port: int


class NameQuery:
    """Asks and collects; `links` is None until the list is whole."""

    def __init__(self, *, trace: Trace | None = None) -> None:
        self.links: tuple[Advertised, ...] | None = None
        self._channel = Channel(trace=trace)
        self._found: list[Advertised] = []
        self._unread: DecodeError | None = None
        self._parts = 0
        self._ask()

    def data_to_send(self) -> bytes:
        """What has to be sent now."""
        return self._channel.data_to_send()

    def receive(self, octets: bytes) -> None:
        """Take what was read. Raises DecodeError for an answer that is none.

        An entry whose address cannot be read spoils no other one: it is left out, unless there is nothing else.
        """
        for message in self._channel.receive(octets):
            if isinstance(message, Undecoded):
                raise message.error
            if not isinstance(message.pdu, ACSNameSrvReply):
                raise DecodeError(f"{type(message.pdu).__name__} instead of a list of TLINKs", "name service")
            if self.links is None and message.invokeID == self._parts:
                self._take(message.pdu)

    def _take(self, reply: ACSNameSrvReply) -> None:
        for entry in reply.list:
            try:
                address, port = decode_address(entry.serverAddr)
            except DecodeError as error:
                self._unread = error
            else:
                self._found.append(Advertised(entry.serverName, address, port))
        if reply.more and self._parts < _MAX_PARTS:
            self._ask()
            return
        if self._unread is not None and not self._found:
            raise self._unread
        self.links = tuple(dict.fromkeys(self._found))
        self._channel.send(Message(EventClass.ACSREQUEST, self._parts + 1, 0, ACSAbortStream()))

    def _ask(self) -> None:
        self._parts += 1
        request = ACSNameSrvRequest(streamType=StreamType.ST_CSTA)
        self._channel.send(Message(EventClass.ACSREQUEST, self._parts, 0, request))
