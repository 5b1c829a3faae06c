"""The Python client: `Client` for asyncio, `BlockingClient` for everybody else.

It needs nothing of the server's: the standard library and `websockets`.
"""

from ivrsvr.client.blocking import BlockingClient, BlockingMonitor
from ivrsvr.client.client import Client, Options
from ivrsvr.client.errors import ClientError, Disconnected, RequestFailed, TimedOut
from ivrsvr.client.monitor import Monitor
from ivrsvr.client.track import Event

__all__ = [
    "BlockingClient",
    "BlockingMonitor",
    "Client",
    "ClientError",
    "Disconnected",
    "Event",
    "Monitor",
    "Options",
    "RequestFailed",
    "TimedOut",
]
