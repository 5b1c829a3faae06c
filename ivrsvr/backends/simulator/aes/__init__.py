"""The simulated application enablement server: streams, monitors, permissions, and the way to the switch."""

from ivrsvr.backends.simulator.aes.aes import Aes
from ivrsvr.backends.simulator.aes.message import Message
from ivrsvr.backends.simulator.aes.stream import AesStream

__all__ = ("Aes", "AesStream", "Message")
