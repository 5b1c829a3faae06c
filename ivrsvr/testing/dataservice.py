"""A user-data service that a server had better not rely on, on a real socket."""

import asyncio
import json
from ipaddress import IPv4Address
from typing import Literal, TypeAlias

Failing: TypeAlias = Literal["down", "silent", "lying"]


class FailingDataService:
    """A service that is down (nobody listens at its address), silent (never answers), or lying (another key's text).

    address: `HOST:PORT`. asked: connections that were made to it; always 0 where it is down.
    """

    def __init__(self, kind: Failing) -> None:
        self.address = ""
        self.asked = 0
        self._kind = kind
        self._server: asyncio.Server
        self._serving: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    @classmethod
    async def open(cls, kind: Failing) -> "FailingDataService":
        service = cls(kind)
        service._server = await asyncio.start_server(service._serve, "127.0.0.1", 0)
        service.address = "{}:{}".format(*service._server.sockets[0].getsockname())
        if kind == "down":
            service._server.close()
        return service

    @property
    def key(self) -> str:
        """A key that names this service; nothing is stored there."""
        host, port = self.address.split(":")
        return f"FCCCCCCC{9:08X}{0:08X}{int(IPv4Address(host)):08X}{int(port):04X}{1:08X}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        self._serving[writer] = asyncio.current_task()
        try:
            while await reader.read(65536):
                if self._kind == "lying":
                    body = json.dumps({"key": "FCCCCCCC" + "0" * 36, "data": "of somebody else"})
                    writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
        except ConnectionError:
            pass  # whoever asked has gone
        finally:
            writer.close()
            del self._serving[writer]

    async def close(self) -> None:
        """Hang up on everybody."""
        self._server.close()
        for writer in self._serving:
            writer.close()
        await asyncio.gather(*(task for task in self._serving.values() if task is not None))
