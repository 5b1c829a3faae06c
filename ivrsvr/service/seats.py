"""What one server does for one device of a shared journal, and how a claim changes that."""

import asyncio
import enum
from dataclasses import dataclass, field

from ivrsvr.service.journal import Draft, Lead
from ivrsvr.service.shadow import Shadow
from ivrsvr.store.journal_redis import Claimed

GHOSTS_MOST = 8
"""Looks at one that leads and may be gone: longer than its lease."""


class Role(enum.Enum):
    """What this server does for a device.

    NEW:    nobody has been asked yet who leads.
    FOLLOW: its clients are told what another server writes; or would write, while nobody leads.
    TAKE:   it may lead, and looks at the switch first.
    LEAD:   it writes the events.
    OWN:    it tells its clients without the journal.
    TURN:   it has done so, and asks who leads now; what happens meanwhile is told by whoever that is.
    """

    NEW = "new"
    FOLLOW = "follow"
    TAKE = "take"
    LEAD = "lead"
    OWN = "own"
    TURN = "turn"


@dataclass(slots=True, eq=False)
class Seat:
    """A device that this server monitors.

    shadow: what was seen here, while another server or nobody leads.
    began:  after which event none of the device is missing, as far as it is known.
    upto:   events up to this number have been told otherwise.
    steady: its monitor has run ever since the model was told what it has.
    ghosts: how often the one that leads has seemed to be gone.
    gap:    its clients have to be told that something may be missing.
    ending: it is about to be monitored no longer.
    asked:  set once it is known who leads.
    """

    shadow: Shadow[Draft]
    role: Role = Role.NEW
    began: int = -1
    upto: int = 0
    steady: bool = False
    gap: bool = False
    ghosts: int = 0
    ending: bool = False
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def leads(self) -> bool:
        """Whether others believe that this server writes the events."""
        return self.role in (Role.LEAD, Role.TAKE)

    def follow(self, portrait: str) -> None:
        """Leave the writing to others, who are not there yet. portrait: what the device has now."""
        self.role = Role.FOLLOW
        self.shadow = Shadow(portrait, None)

    def lose(self, portrait: str) -> None:
        """The switch reports nothing here for a while. portrait: what the device had then."""
        log = portrait if self.role is Role.LEAD else self.shadow.log
        if self.role is not Role.NEW:
            self.role = Role.FOLLOW
        self.shadow = Shadow(log, None)
        self.steady = False

    def own(self) -> list[Draft]:
        """Go on to tell without the journal; what is to be told now."""
        self.role = Role.OWN
        return self.shadow.everything()

    def may_be_a_ghost(self, answer: Claimed, told: str) -> bool:
        """Whether the one that leads seems to have gone before Redis was away: it has not told what was told here.

        Its lease will end; it is believed in only when that takes too long. told: as in `granted`.
        """
        if answer.role != "follow" or told == answer.portrait or self.ghosts >= GHOSTS_MOST:
            self.ghosts = 0
            return False
        self.ghosts += 1
        return True

    def granted(self, answer: Claimed, told: str, here: str, life: int) -> Lead:
        """Have the role that the journal gives; what is to be done, in this life of the journal.

        told: what the device had by our own knowledge when it was claimed; here: what it has now.
        """
        former = self.role
        if former is Role.FOLLOW and answer.began != self.began:
            self.gap = True
        self.began = answer.began
        if answer.role == "follow":
            if former is Role.TURN:
                self.gap = self.gap or told != answer.portrait
                self.upto = answer.last
            if former is not Role.FOLLOW:
                meanwhile = self.shadow.everything() if former is Role.TURN else []
                self.shadow = Shadow(answer.portrait, told if self.steady else None)
                for draft in meanwhile:
                    self.shadow.saw(draft, draft.portrait)
            self.role = Role.FOLLOW
            return Lead(granted=False, gap=self.gap, life=life)
        if former is Role.LEAD:
            return Lead(gap=self.gap, life=life)
        if answer.role == "begin" and former is Role.FOLLOW:
            self.shadow = Shadow(answer.portrait, here)
        self.role = Role.TAKE
        return Lead(known=answer.portrait if answer.role == "lead" else None, gap=self.gap, life=life)

    def taken(self, lead: Lead, *, joined: bool) -> list[Draft] | None:
        """Begin to tell, as was granted; what is to be told first. None = what others told last does not fit.

        joined: in the journal; otherwise without it.
        """
        self.role = Role.LEAD if joined else Role.OWN
        if lead.known is None:
            return self.shadow.everything()
        return self.shadow.untold() if self.steady else None

    def learnt(self, here: str) -> None:
        """A snapshot is in the model. here: what the device has."""
        self.gap = False
        self.steady = True
        if self.role is Role.FOLLOW:
            self.shadow.learn(here)
