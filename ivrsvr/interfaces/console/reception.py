"""Who is at the consoles of a server: strangers in the lobby, and those who have logged in."""

from collections import Counter
from collections.abc import Callable

from ivrsvr.interfaces.limits import Doorkeeper

LOBBY_MOST = 16
"""Connections at which nobody has logged in yet."""


class Reception:
    """Counts consoles by whether somebody has logged in, so that strangers cannot keep out who has a password.

    Where the lobby is full, one more shows out the one who has waited longest, of the address from which most wait.

    keeper: counts those who have logged in.
    """

    def __init__(self, keeper: Doorkeeper, lobby_most: int = LOBBY_MOST) -> None:
        self.keeper = keeper
        self.waiting: list[Visit] = []
        """Those in the lobby, the one who has waited longest first."""
        self._lobby_most = lobby_most

    def come(self, address: str, show_out: Callable[[], None]) -> "Visit":
        """Somebody has connected. show_out: is called when he has to make room for others."""
        visit = Visit(self, address, show_out)
        self.waiting.append(visit)
        if len(self.waiting) > self._lobby_most:
            many = Counter(one.address for one in self.waiting)
            most = max(many.values())
            out = next(one for one in self.waiting if many[one.address] == most)
            self.waiting.remove(out)
            out.show_out()
        return visit


class Visit:
    """One connection to a console, from its beginning to its end."""

    def __init__(self, reception: Reception, address: str, show_out: Callable[[], None]) -> None:
        self.address = address
        self.show_out = show_out
        self._reception = reception
        self._counted = False

    def admit(self) -> bool:
        """Somebody has logged in; False = there are too many already."""
        self._leave_lobby()
        self._counted = self._counted or self._reception.keeper.enter()
        return self._counted

    def end(self) -> None:
        """The connection has ended."""
        self._leave_lobby()
        if self._counted:
            self._reception.keeper.leave()
            self._counted = False

    def _leave_lobby(self) -> None:
        if self in self._reception.waiting:
            self._reception.waiting.remove(self)
