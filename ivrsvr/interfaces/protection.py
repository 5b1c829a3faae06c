"""Which listeners ask who comes, and which may be open at all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ivrsvr.interfaces.gate import is_loopback
from ivrsvr.interfaces.listeners import ListenError
from ivrsvr.store.parameters import split_address

Mode: TypeAlias = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True)
class Protection:
    """The rule.

    mode:     "on": every listener asks for a key. "off": none does. "auto": those that other machines can reach do.
    insecure: somebody has said that the network itself keeps others out.
    keys:     whether anybody can have a key or token at all.
    initial:  whether somebody still has the password that everybody knows.
    tls_only: whether nothing may be in clear that other machines can reach.
    """

    mode: Mode
    insecure: bool
    keys: Callable[[], bool]
    initial: Callable[[], bool]
    tls_only: bool = False

    def asks(self, address: str) -> bool:
        """Whether a listener at HOST:PORT asks for a key or token."""
        if self.mode == "auto":
            return not self.insecure and not is_loopback(split_address(address)[0])
        return self.mode == "on"

    def check(self, address: str, kind: str, *, encrypted: bool) -> None:
        """Raises ListenError where a listener would let in anybody from other machines, or nobody, or be overheard."""
        if is_loopback(split_address(address)[0]):
            return
        if self.tls_only and not (encrypted or kind == "tcpgatessh"):
            raise ListenError(
                f"{address} would be in clear, which tls_only forbids: encrypt it (http_tls, ws_tls, console_tls, "
                "uuisvr_tls, or `yes` behind `add tcp`), or listen on 127.0.0.1"
            )
        if self.insecure:
            return
        reason = self._unprotected(kind)
        if reason:
            raise ListenError(
                f"{address} can be reached from other machines, and {reason}; or listen on 127.0.0.1, or say "
                "--insecure if the network itself keeps others out"
            )

    def _unprotected(self, kind: str) -> str:
        """Why a listener may not be open to other machines, and what to do; "" = it may."""
        if kind == "aes":
            return "everybody knows the passwords of the simulated AES"
        if kind in ("tcpgate", "tcpgatessh"):
            return (
                "a user of the console has the password that everybody knows: log in on this machine and say `change "
                "password`"
                if self.initial()
                else ""
            )
        if self.mode == "off":
            return "anybody who connects could drive every telephone: set the parameter security to auto or on"
        if not self.keys():
            return "nobody has a key yet: make one with `ivrsvr key add NAME`"
        return ""
