"""ivrsvr: an open CTI server for Avaya Communication Manager, with a complete switch-and-AES simulator."""

__version__ = "0.1.0"
