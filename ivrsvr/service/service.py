"""The CTI server proper: requests in, response objects out; reports of the switch in, events out."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pydantic import ValidationError

from ivrsvr.backends.base import Backend, EventReport, LinkDown, LinkState, Report
from ivrsvr.calls.model import CallModel
from ivrsvr.calls.portrait import as_text
from ivrsvr.clock import Clock
from ivrsvr.csta.described import described
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.layouts import UUI_MOST
from ivrsvr.registry import Caller, Entry, Registry, Request, RequestError
from ivrsvr.service import idempotency
from ivrsvr.service.about import working_on
from ivrsvr.service.agentstates import AgentStates
from ivrsvr.service.errors import MEANING, Own, invalid, naming, own, refusal, response, sound, translate
from ivrsvr.service.feed import Feed
from ivrsvr.service.follow import follow
from ivrsvr.service.hidden import hidden_in, shown_once
from ivrsvr.service.idempotency import WAIT_TIMES, Idempotency, NotBegun
from ivrsvr.service.inorder import InOrder
from ivrsvr.service.journal import Book, Journal
from ivrsvr.service.line import Line, NotAsked
from ivrsvr.service.live import Live
from ivrsvr.service.lookups import Lookups
from ivrsvr.service.meters import SUCCESS, Meters
from ivrsvr.service.monitors import Monitor, Monitors
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests import ENTRIES
from ivrsvr.service.requests.declare import parts_of
from ivrsvr.service.requests.monitors import tell_gap
from ivrsvr.service.resolve import resolve
from ivrsvr.service.series import AgentLists
from ivrsvr.service.spans import NoSpans, Spans
from ivrsvr.service.stamps import encode, position_of
from ivrsvr.service.subscribers import QUEUE_MOST, Subscriber
from ivrsvr.service.trace import Trace
from ivrsvr.service.turns import Turns
from ivrsvr.service.userdata import UserData
from ivrsvr.store.faults import StoreError

log = logging.getLogger(__name__)

NOBODY = Caller()
ID_MOST = 256
UNKNOWN = "unknown"
"""What metrics call requests that there are not."""

QUIET_LOOK_S = 1.0
"""Between looks whether a draining server is quiet."""

NEW_WORK = frozenset({"makecall", "startmonitor", "login"})
"""Requests that begin something; a server that drains carries out all others, so that calls can be ended well."""

PERMANENT = "permanent"
"""Owner of the monitors that live as long as the server."""

OF_A_DEVICE = frozenset({"call", "monitor", "query"})
"""Scopes of requests that name the device they are about, and may be limited to some devices."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a site can set.

    requesttimeout_s: `ivr_requesttimeout`.
    custdatamaxsize:  `ivr_custdatamaxsize`, octets.
    custdatainuui:    `ivr_custdatainuui`.
    custdatauuisize:  `ivr_custdatauuisize`, octets.
    queue_most:       messages that may wait for one connection.
    linger_s:         how long monitors outlive their last client's being cut off.
    """

    requesttimeout_s: float = 8.0
    custdatamaxsize: int = 4096
    custdatainuui: bool = True
    custdatauuisize: int = UUI_MOST
    queue_most: int = QUEUE_MOST
    linger_s: float = 0.0


class Service:
    """The service of one server.

    backend:   the switch. Started and stopped with the service.
    userdata:  where user data are looked up; None = `data` itself is the UUI.
    keys:      the journal of idempotency keys; None = keys are refused.
    journal:   of recent events; None = one in memory.
    spans:     of distributed traces; None = nobody wants them.
    """

    def __init__(
        self,
        backend: Backend,
        clock: Clock,
        *,
        options: Options | None = None,
        userdata: Lookups | None = None,
        keys: idempotency.Store | None = None,
        journal: Book | None = None,
        spans: Spans | None = None,
    ) -> None:
        options = options or Options()
        self.backend = backend
        self.clock = clock
        self.options = options
        self.model = CallModel()
        self.journal: Book = journal if journal is not None else Journal(clock)
        self.trace = Trace()
        self.meters = Meters(clock)
        if userdata is not None:
            self.meters.lookups = userdata.counts
        self.spans = spans or NoSpans()
        self._line = Line(backend, clock, options.requesttimeout_s, self.trace, self.meters, self.spans)
        self._live = Live(self._line, self.model, clock)
        self.journal.portrait = self._portrait
        self.monitors = Monitors(
            self._line,
            self.journal,
            clock,
            linger_s=options.linger_s,
            follow=self._follow,
            release=self._release,
            spawn=self.spawn,
        )
        self.journal.refollow = self.monitors.refollow
        self.parts = Parts(
            clock=clock,
            line=self._line,
            live=self._live,
            monitors=self.monitors,
            agents=AgentStates(clock),
            lists=AgentLists(clock, options.requesttimeout_s),
            userdata=UserData(
                userdata,
                lambda: min(self.backend.uui_room, options.custdatauuisize),
                data_most=options.custdatamaxsize,
                in_uui=options.custdatainuui,
            ),
            journal=self.journal,
            model=self.model,
            order=InOrder(clock, self.meters.held),
        )
        self._feed = Feed(
            clock,
            model=self.model,
            live=self._live,
            monitors=self.monitors,
            agents=self.parts.agents,
            lists=self.parts.lists,
            userdata=self.parts.userdata,
            journal=self.journal,
            meters=self.meters,
            order=self.parts.order,
            spawn=self.spawn,
        )
        self.registry = Registry(entry.bind(self.parts) for entry in ENTRIES)
        self._turns = Turns()
        self.keys = Idempotency(keys, clock, wait_s=WAIT_TIMES * options.requesttimeout_s) if keys is not None else None
        self._subscribers: set[Subscriber] = set()
        self._draining = False
        self._group: asyncio.TaskGroup | None = None
        self._running: asyncio.Task[None] | None = None
        self._side_jobs: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    # ---- life

    @property
    def link(self) -> LinkState:
        """Whether the switch can be asked."""
        return self.backend.link

    @property
    def up(self) -> bool:
        """Whether the switch can be asked, for doors that know no link states."""
        return self.backend.link is LinkState.UP

    @property
    def messages_waiting(self) -> int:
        """How many messages wait for all connections together."""
        return sum(len(subscriber) for subscriber in self._subscribers)

    @property
    def turns_taken(self) -> int:
        """How many extensions have a request under way."""
        return len(self._turns)

    @property
    def unready(self) -> str:
        """Why requests cannot be served now; "" = they can."""
        if self._draining:
            return MEANING[Own.DRAINING]
        return "no stream to the switch is open" if self.link is LinkState.DOWN else ""

    def drain(self, done: Callable[[], None]) -> None:
        """Take no new work from now on, and tell so; `done` is called when the calls of this moment have ended.

        Calls that come later are the business of other servers: in a busy centre there would be no end of them.
        """
        if not self._draining:
            self._draining = True
            self._feed.tell_all("draining", MEANING[Own.DRAINING])
            self.spawn(self._until_quiet(frozenset(self.model.calls), done))

    async def _until_quiet(self, calls: frozenset[int], done: Callable[[], None]) -> None:
        """Until nothing is left of these calls, whatever they were joined with, and no request is under way."""
        while calls or self.turns_taken:
            await self.clock.sleep(QUIET_LOOK_S)
            calls = frozenset(one.callID for one in self.model if one.callID in calls or one.formerly & calls)
        done()

    def change(self, **options: Any) -> None:
        """Have other options from now on."""
        self.options = replace(self.options, **options)
        self._line.limit_s = self.parts.lists.limit_s = self.options.requesttimeout_s
        if self.keys is not None:
            self.keys.wait_s = WAIT_TIMES * self.options.requesttimeout_s
        self.monitors.linger_s = self.options.linger_s
        self.parts.userdata.data_most = self.options.custdatamaxsize

    async def start(self) -> None:
        """Open the way to the switch and begin to listen. Raises what the backend raises."""
        await self.journal.open()
        await self.backend.start()
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stopping.clear()
        self._running = asyncio.create_task(self._run(started), name="service")
        await started
        self.monitors.recall_all(list(self.journal.restored.values()))

    async def stop(self) -> None:
        """Close every subscriber's queue and the way to the switch, and end whatever still runs."""
        for subscriber in list(self._subscribers):
            self.unsubscribe(subscriber)
        self._stopping.set()
        if self._running is not None:
            await self._running
            self._running = None
        if self.keys is not None:
            await self.keys.close()
        await self.backend.stop()

    async def _run(self, started: "asyncio.Future[None]") -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            listening = group.create_task(self._listen(), name="reports")
            group.create_task(self.journal.run(), name="journal")
            started.set_result(None)
            await self._stopping.wait()
            self._group = None
            listening.cancel()
            self._feed.stop()
            self.journal.stop()
            for task in self._side_jobs:
                task.cancel()

    async def _listen(self) -> None:
        async for report in self.backend.reports():
            self.meters.messages.count()
            if self.trace.wanted("asc"):
                self.trace.put("asc", partial(_reported, report))
            try:
                self._feed.take(report)
            except Exception:
                # One report that this server fails on must not end the events of everybody.
                log.exception("failed on a report of the switch: %r", report)

    def spawn(self, job: Coroutine[Any, Any, object]) -> None:
        """Run a job beside the present task, until it ends or the service stops; its failure is logged."""
        if self._group is None:
            job.close()
            return
        task = self._group.create_task(self._guarded(job))
        self._side_jobs.add(task)
        task.add_done_callback(self._side_jobs.discard)
        task.add_done_callback(lambda _: job.close())  # cancelled before it began, the job is still to be ended

    async def _guarded(self, job: Coroutine[Any, Any, object]) -> None:
        try:
            await job
        except (CstaFailure, AcsFailure, LinkDown, RequestError) as failure:
            log.info("a job beside the requests failed: %s", failure)
        except Exception:
            # A fault of ours in one of these jobs must not take the whole server down.
            log.exception("a job beside the requests failed")

    # ---- connections

    def subscribe(self, name: str = "") -> Subscriber:
        """The queue of a new connection, for a `Caller`; give it back with `unsubscribe`."""
        subscriber = Subscriber(name, most=self.options.queue_most, overflow=self._overflow)
        self._subscribers.add(subscriber)
        return subscriber

    def _overflow(self, last: str) -> str:
        """The last message to a connection that reads too slowly. last: the last event that was not dropped."""
        epoch, eventid = position_of(last)
        return encode(
            {
                "msgtype": "event",
                "eventtype": "overflow",
                "reason": "this connection reads too slowly; reconnect, and give since and epoch to startmonitor",
                "time": int(self.clock.wall()),
                "eventid": eventid,
                "epoch": epoch or self.journal.epoch,
            }
        )

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """A connection is gone: its monitors end, unless others want them too or it was cut off and may come back."""
        subscriber.close()
        self._subscribers.discard(subscriber)
        self.monitors.leave(subscriber)

    async def keep(self, extension: str, owner: object = PERMANENT) -> None:
        """Monitor an extension until its owner releases it, now or as soon as the link is up.

        Raises RequestError when the switch refuses it.
        """
        try:
            await self.monitors.keep(extension, owner)
        except (CstaFailure, AcsFailure) as failure:
            raise translate(failure) from failure

    async def release(self, extension: str, owner: object = PERMANENT) -> bool:
        """Monitor an extension no longer for that owner. False = it was no owner."""
        return await self.monitors.stop(extension, owner)

    def _portrait(self, device: str) -> str:
        monitor = self.monitors.get(device)
        agents = monitor.agents if monitor is not None else {}
        return as_text(self.model, device, agents)

    async def _follow(self, monitor: Monitor) -> None:
        await follow(
            monitor,
            line=self._line,
            lists=self.parts.lists,
            monitors=self.monitors,
            model=self.model,
            live=self._live,
            feed=self._feed,
            tell_gap=partial(tell_gap, self.parts),
        )

    def _release(self, monitor: Monitor) -> None:
        self._live.lost(monitor.device)
        self.model.forget_watcher(monitor.device)

    # ---- requests

    async def handle(self, request: object, caller: Caller = NOBODY) -> dict[str, Any]:
        """Carry out a request and answer it with the whole response object. Never raises, but for cancellation.

        Between the switch's confirmation and the return nothing suspends: a door that queues the response at once has
        it before every event that the switch sent after the confirmation.
        """
        began = self.clock.now()
        name = self._name(request)
        with (
            working_on(request=name, client=caller.address),
            self.spans.begin(name, "server", {"door": caller.door}, caller.traceparent) as span,
        ):
            answer, result = await self._outcome(request, caller)
            span.tell("result", result)
        self.meters.request(name, result, self.clock.now() - began)
        return answer

    def _name(self, request: object) -> str:
        """What a request is called in logs and metrics: only names that there are."""
        name = request.get("request") if isinstance(request, Mapping) else None
        return name if isinstance(name, str) and name in self.registry else UNKNOWN

    async def _outcome(self, request: object, caller: Caller) -> tuple[dict[str, Any], str]:
        """The response object, and `success` or the error's name."""
        identity = ""
        try:
            if not isinstance(request, Mapping):
                raise own(Own.MALFORMED_JSON, "a request is a JSON object")
            identity = identity_of(request.get("id"))
            answer = await self._answer(request, caller)
        except RequestError as error:
            failed = error
        except NotBegun as nothing:
            failed = nothing.error
        except Exception:
            # The last resort, so that a fault of ours is never more than one failed request.
            log.exception("failed on a request from %s %s", caller.door, caller.address)
            failed = own(Own.INTERNAL_ERROR)
        else:
            answer["id"] = identity
            # Under an idempotency key the first outcome may have been a failure.
            return answer, SUCCESS if answer["result"] == SUCCESS else str(answer["error"]).partition(":")[0]
        return response(identity, failed), failed.name

    async def _answer(self, request: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        """Raises RequestError."""
        entry, model = self._parse(request, caller)
        if not entry.changes or _of_its_connection(entry, caller):
            return await self._carry_out(entry, model, caller)
        key = idempotency.key_of(request, caller.idempotency_key)
        if not key:
            return await self._carry_out(entry, model, caller)
        if self.keys is None:
            raise refusal(CSTAUniversalFailure.INVALID_FEATURE, "this server keeps no idempotency keys")
        # As it was understood, so that a number that is quoted once and not the other time is the same request.
        asked = {"request": entry.name, **model.model_dump(mode="json", exclude_defaults=True)}
        return dict(
            await self.keys.once(
                f"{caller.user}\x1f{key}",
                asked,
                lambda: self._carry_out(entry, model, caller),
                lambda began: self._find_out(entry, model, caller, began),
                hidden=hidden_in(entry, asked),
                once_only=shown_once(entry.response),
            )
        )

    async def _find_out(self, entry: Entry, model: Request, caller: Caller, began: float) -> dict[str, Any]:
        """What became of a request that was interrupted; monitors are asked for again, since a crash leaves none."""
        if entry.scope == "monitor":
            return await self._carry_out(entry, model, caller)
        return await resolve(self.parts, entry, model, began)

    def _parse(self, request: Mapping[str, Any], caller: Caller) -> tuple[Entry, Request]:
        """Raises RequestError."""
        name = request.get("request")
        if name is None:
            raise refusal(CSTAUniversalFailure.OBJECT_NOT_KNOWN, 'a request needs the key "request"')
        entry = self.registry.get(name) if isinstance(name, str) else None
        if entry is None:
            raise refusal(CSTAUniversalFailure.UNRECOGNIZED_OPERATION_REJECTION, self._unknown(name))
        if caller.extension and request.get("extension") is None:
            request = {**request, "extension": caller.extension}
        if entry.scope not in caller.scopes:
            raise own(Own.NOT_AUTHORIZED, f"{entry.name} needs the scope {entry.scope}; {_lacks(caller, entry.scope)}")
        try:
            model = entry.request.model_validate(request)
        except ValidationError as error:
            raise invalid(entry.name, error) from None
        device = getattr(model, "extension", "") or getattr(model, "device", "")
        if device and entry.scope in OF_A_DEVICE:
            for one in parts_of(device) or (device,):
                if not caller.may_name(one):
                    raise own(Own.NOT_AUTHORIZED, f"{_who(caller)} may not ask for anything of {one}")
        return entry, model

    def _unknown(self, name: object) -> str:
        nearest = self.registry.nearest(name) if isinstance(name, str) and len(name) < 100 else ""
        return f"there is no request {str(name)[:40]!r}" + (f"; did you mean {nearest}?" if nearest else "")

    async def _carry_out(self, entry: Entry, model: Request, caller: Caller) -> dict[str, Any]:
        """Raises RequestError, and NotBegun where the switch was not even asked."""
        if self._draining and entry.name in NEW_WORK:
            raise NotBegun(own(Own.DRAINING))
        extension: str = getattr(model, "extension", "") if entry.scope != "sim" else ""
        callid = getattr(model, "callid", None)
        try:
            with working_on(extension=extension, callid=str(callid or "")):
                async with self._turns.of(extension):
                    return (await entry.handler(model, caller)).model_dump()
        except NotAsked as failure:
            raise NotBegun(translate(failure)) from failure
        except (CstaFailure, AcsFailure, LinkDown) as failure:
            raise translate(failure, naming(entry.name, model)) from failure
        except StoreError as error:
            raise own(Own.STORE_FAILED, str(error)) from None


def _reported(report: Report) -> str:
    """A report of the switch in one line."""
    if isinstance(report, EventReport):
        return f"<- [{report.crossRef}] {described(report.pdu, report.private)}"
    return f"== link {report.state.value}: {report.reason or 'no reason given'}"


def _of_its_connection(entry: Entry, caller: Caller) -> bool:
    """Whether a request changes only what a connection has for itself and loses with its end: its monitors.

    To ask for it again changes nothing; its outcome on another connection says nothing about this one.
    """
    return entry.scope == "monitor" and caller.subscriber is not None


def _who(caller: Caller) -> str:
    return f"{caller.user!r}" if caller.user else "a caller without a key"


def _lacks(caller: Caller, scope: str) -> str:
    remedy = "" if caller.user else f" (ivrsvr key add NAME --scopes {scope})"
    return f"{_who(caller)} has it not{remedy}"


def identity_of(value: object) -> str:
    """The id of a request as a response echoes it."""
    if isinstance(value, str):
        return sound(value[:ID_MOST])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)[:ID_MOST]
    return ""
