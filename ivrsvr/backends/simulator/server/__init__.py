"""The simulated AES on TCP: real TSAPI clients connect here. See `listener.AesServer`."""

from ivrsvr.backends.simulator.server.listener import AesServer, Ports

__all__ = ["AesServer", "Ports"]
