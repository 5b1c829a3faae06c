"""Agents who log in and out."""

from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.reports import Report
from ivrsvr.csta.enums import (
    ATTWorkMode,
)
from ivrsvr.csta.events import (
    LoggedOff,
    LoggedOn,
)
from ivrsvr.csta.private.events import (
    ATTLoggedOff,
    ATTLoggedOn,
)
from ivrsvr.csta.types import provided


def logged_on(core: Core, station: str, login: str, skill: str, mode: ATTWorkMode) -> None:
    core.report(
        Report(
            LoggedOn(agentDevice=provided(station), agentID=login, agentGroup=skill),
            ATTLoggedOn(workMode=mode),
            groups=(skill,),
        )
    )


def logged_off(core: Core, station: str, login: str, skill: str, reason: int) -> None:
    core.report(
        Report(
            LoggedOff(agentDevice=provided(station), agentID=login, agentGroup=skill),
            ATTLoggedOff(reasonCode=reason),
            groups=(skill,),
        )
    )
