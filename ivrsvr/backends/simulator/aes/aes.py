"""The application enablement server: streams of clients in front of one switch."""

from ivrsvr.backends.simulator.aes import local
from ivrsvr.backends.simulator.aes.access import Access
from ivrsvr.backends.simulator.aes.faults import Faults
from ivrsvr.backends.simulator.aes.monitors import Monitors
from ivrsvr.backends.simulator.aes.recorder import Recorder
from ivrsvr.backends.simulator.aes.requests import Requests
from ivrsvr.backends.simulator.aes.routing import Routes
from ivrsvr.backends.simulator.aes.stream import AesStream, Send
from ivrsvr.backends.simulator.aes.versions import grant
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.backends.simulator.world import CtiUser, World
from ivrsvr.clock import Clock
from ivrsvr.csta.enums import CSTAEventCause, SystemStatus, SystemStatusFilter
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import MonitorEnded
from ivrsvr.csta.system import SysStat


class Aes:
    """The AES of a world, in front of its switch. Pure and synchronous; time is the clock's."""

    def __init__(self, world: World, switch: Switch, clock: Clock, recorder: Recorder | None = None) -> None:
        self.world = world
        self.switch = switch
        self.clock = clock
        self.link_up = True
        self.streams: list[AesStream] = []
        self.requests = Requests(clock, world.system.deviceQueueDepth, world.timers.requestTimeout)
        self.monitors = Monitors(end_with_call=world.aes.monitorEndedWithCall)
        self.routes = Routes(switch)
        self.faults = Faults(clock)
        self.recorder = recorder or Recorder(clock)
        self.opened = 0
        self.serving = True
        """Whether TLINKs are advertised and streams opened: not while the AES restarts."""
        self.access = Access(world, switch, self.monitors)
        switch.tell_too(self.monitors.report)

    @property
    def status(self) -> SystemStatus:
        """The system status that clients are told."""
        return local.status_of(link_up=self.link_up)

    # ---- streams

    def tlinks(self) -> list[str]:
        """The names of the TLINKs that are advertised: all, or only those whose CTI link is up."""
        if not self.serving or (self.world.aes.advertise == "inService" and not self.link_up):
            return []
        return list(self.world.aes.tlinks)

    def open(
        self,
        *,
        serverID: str,  # noqa: N803 - TSAPI's names
        loginID: str,  # noqa: N803
        passwd: str,
        send: Send,
        applicationName: str = "",  # noqa: N803
        privateData: str = "",  # noqa: N803
        api: int = 2,
    ) -> AesStream:
        """Open a stream; `send` is called with everything that the AES sends on it.

        serverID:    a TLINK; matched without regard to case.
        privateData: the offer of vendors and versions, e.g. "AVAYA#5-8"; "" = no private data.
        api:         the API version that was agreed on.
        Raises AcsFailure: TSERVER_BAD_SERVERID, TSERVER_BAD_PASSWORD_OR_LOGIN, TSERVER_USER_LICENSES_EXCEEDED.
        """
        config = self.world.aes
        if not self.serving:
            raise AcsFailure(ACSUniversalFailure.TSERVER_DRIVER_UNREGISTERED, "the AES restarts; try again later")
        tlink = next((data for name, data in config.tlinks.items() if name.upper() == serverID.upper()), None)
        if tlink is None:
            raise AcsFailure(
                ACSUniversalFailure.TSERVER_BAD_SERVERID,
                f"there is no TLINK {serverID!r}; there are {', '.join(config.tlinks) or 'none'}",
            )
        user = self._user(loginID, passwd)
        if config.userLicences is not None and len(self.streams) >= config.userLicences:
            raise AcsFailure(
                ACSUniversalFailure.TSERVER_USER_LICENSES_EXCEEDED, f"all {config.userLicences} streams are in use"
            )
        version = grant(privateData, config.privateDataMax)
        self.opened += 1
        stream = AesStream(self, user, tlink, version, applicationName, send, api)
        self.streams.append(stream)
        return stream

    def _user(self, login_id: str, password: str) -> CtiUser:
        user = self.world.aes.users.get(login_id)
        if user is None or user.password != password:
            raise AcsFailure(
                ACSUniversalFailure.TSERVER_BAD_PASSWORD_OR_LOGIN, f"the AES does not let {login_id!r} in so"
            )
        return user

    def forget(self, stream: AesStream) -> None:
        """A stream has ended."""
        self.streams.remove(stream)
        self.routes.forget(stream)

    def shut_down(self, error: ACSUniversalFailure = ACSUniversalFailure.TSERVER_DRIVER_UNREGISTERED) -> None:
        """End every stream with an ACS failure, as when the AES is stopped."""
        for stream in list(self.streams):
            stream.fail(error)

    # ---- the CTI link

    def lose_link(self) -> None:
        """The CTI link fails: requests are rejected, monitors and registrations end, clients are told. Calls go on."""
        if not self.link_up:
            return
        self.link_up = False
        self.switch.link_lost()
        self.requests.end_all(CstaFailure(CSTAUniversalFailure.SERVICE_TERMINATION_REJECTION))
        ended = self.monitors.everyone()
        for monitor in ended:
            self.monitors.remove(monitor)
            monitor.listener.ended(monitor.crossRef)
        for monitor in ended:
            cause = CSTAEventCause.EC_NETWORK_NOT_OBTAINABLE
            monitor.listener.tell(monitor.crossRef, MonitorEnded(cause=cause), None)
        self.routes.abort_all()
        self._tell_status()

    def restore_link(self) -> None:
        """The CTI link is back; nothing else is restored."""
        if self.link_up:
            return
        self.link_up = True
        self._tell_status()

    def _tell_status(self) -> None:
        bit = SystemStatusFilter(1 << self.status.value)
        for stream in list(self.streams):
            if stream.status_filter is not None and not stream.status_filter & bit:
                stream.tell(0, SysStat(state=self.status), local.link_status(stream))
