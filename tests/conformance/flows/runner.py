"""Carries out one scenario: its steps one by one, then its expectations."""

from collections.abc import Mapping
from math import inf
from typing import Any

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.backends.simulator.world import WorldError, merge_patch
from ivrsvr.csta.errors import AcsFailure
from tests.conformance.flows.client import MAIN, Asked, Client
from tests.conformance.flows.expectations import Claim, compare, json_event, outcome_fault, shape_fault, without_nulls
from tests.conformance.flows.file import Flows, Scenario
from tests.conformance.flows.hands import HANDS
from tests.conformance.flows.matching import Unbound, fill, show
from tests.conformance.flows.outcomes import Ledger
from tests.conformance.flows.rendering import UnknownName
from tests.conformance.flows.state import StateClaims
from tests.conformance.flows.ways import JsonClients, Way

MONITORS: Mapping[str, tuple[str, str, str]] = {
    "device": ("MonitorDevice", "deviceID", "monitorCrossRefID"),
    "split": ("MonitorDevice", "deviceID", "monitorCrossRefID"),
    "via": ("MonitorCallsViaDevice", "deviceID", "monitorCrossRefID"),
    "call": ("MonitorCall", "call", "monitorCrossRefID"),
    "route": ("RouteRegister", "routingDevice", "registerReqID"),
}
"""Kind of a monitor: the service that starts it, the argument that is its target, the field that numbers it."""

UNTOLD = ("confirmation", "jsonReply", "event", "as")
TOLERANCE_S = 1e-6


class ScenarioFailed(Exception):  # noqa: N818 - the outcome of a scenario
    """A scenario did not come out as it says; the text is the whole report."""


class Run:
    """One scenario in one way."""

    def __init__(self, flows: Flows, scenario: Scenario, way: Way) -> None:
        self._flows = flows
        self._scenario = scenario
        self._way = way
        self._client: Client
        self._ledger = Ledger(flows, scenario)
        self._faults = self._ledger.faults

    def carry_out(self) -> None:
        """Run the scenario.

        Raises ScenarioFailed.
        """
        self._way.run(self._carry_out)

    async def _carry_out(self) -> None:
        world = merge_patch(self._flows.world, self._scenario.world)
        try:
            try:
                await self._way.begin(world)
            except WorldError as error:
                raise ScenarioFailed(f"{self._scenario.id}: the world cannot be loaded: {error}") from error
            self._client = Client(self._flows, self._way.simulator.clock, self._way)
            await self._client.open(MAIN, world["aes"]["stream"])
            await self._run()
        finally:
            await self._way.end()

    async def _run(self) -> None:
        way, scenario = self._way, self._scenario
        await way.settle()
        told = scenario.expect.get("jsonEvents", {})
        if way.json is not None:
            for extension in told:
                await way.json.monitor(extension)
        await self._part("setup", scenario.setup)
        self._stop_if_faulty()
        marks = {key: len(events) for key, events in self._client.events.items()}
        json_marks = {extension: len(way.json.events(extension)) for extension in told} if way.json is not None else {}
        await self._part("do", scenario.do)
        self._stop_if_faulty()
        self._judge_outcomes()
        claims = self._ledger.claims() + self._event_claims(marks)
        if way.json is not None:
            claims += self._json_claims(way.json, json_marks)
        await self._judge(claims)
        self._stop_if_faulty()

    # ---- faults

    def _stop_if_faulty(self) -> None:
        if not self._faults:
            return
        bound = ", ".join(f"{symbol} = {value}" for symbol, value in self._ledger.bindings.items())
        lines = [f"{self._scenario.id} [{self._way.name}]: {self._scenario.title}", *self._faults]
        lines += [f"symbols: {bound or 'none'}", "what happened:", *(f"  {line}" for line in self._client.told())]
        raise ScenarioFailed("\n".join(lines))

    # ---- steps

    async def _part(self, part: str, steps: list[dict[str, Any]]) -> None:
        for place, step in enumerate(steps):
            label = f"{part}[{place}]"
            self._client.story.append((label, _summary(step)))
            try:
                await self._step((part, place), step)
            except (PeopleError, AcsFailure, Unbound, LookupError, TypeError, ValueError, AttributeError) as error:
                # The last four: a step that lacks a key, or says what nobody can do.
                self._faults.append(f"{label} {_summary(step)}: {type(error).__name__}: {error}")
            await self._way.settle()
            self._ledger.take(self._client)
            if "await" in step:
                self._await(label, step)
            if part == "setup":
                self._ledger.judge((part, place))
            if self._faults:
                return

    async def _step(self, at: tuple[str, int], step: Mapping[str, Any]) -> None:
        kind = self._flows.kind_of(step)
        if kind in HANDS:
            bound = HANDS[kind](self._way.simulator, step, self._ledger.bindings)
            self._ledger.bind(f"{at[0]}[{at[1]}]", bound)
        elif kind == "advance":
            await self._way.advance(step["advance"])
        elif kind == "monitor":
            await self._monitor(at, step)
        elif kind == "service":
            await self._service(at, step)
        elif kind != "await":
            raise UnknownName(f"no kind of step is called {kind}")

    async def _service(self, at: tuple[str, int], step: Mapping[str, Any]) -> None:
        asked = self._asked(f"{at[0]}[{at[1]}]", step, step["service"])
        self._ledger.enter(at, asked)
        if self._way.json is not None and at[0] == "do" and "json" in step:
            self._ledger.ask_in_json(asked)
            request = fill(step["json"], self._ledger.bindings, text=True)
            await self._way.json.ask(request, lambda reply: self._client.settle(asked, "jsonReply", reply))
            return
        if asked.service.name == "ACSOpenStream":
            self._ledger.lists[f"stream:{asked.stream}"] = ("stream", asked.stream, 0)
        await self._client.ask(asked, fill(step["args"], self._ledger.bindings), step.get("invokeID"))

    async def _monitor(self, at: tuple[str, int], step: Mapping[str, Any]) -> None:
        kind, _, target = step["monitor"].partition(":")
        if kind not in MONITORS:
            raise UnknownName(f"no monitor of the kind {kind}")
        service, argument, number = MONITORS[kind]
        asked = self._asked(f"{at[0]}[{at[1]}]", step, service)
        asked.symbols = {number: step.get("as", step["monitor"])}
        self._ledger.enter(at, asked)
        whole_call = {"callID": target, "deviceID": "", "devIDType": "STATIC"}
        args = {argument: whole_call if kind == "call" else target}
        await self._client.ask(asked, fill(args, self._ledger.bindings))

    def _asked(self, label: str, step: Mapping[str, Any], service: str) -> Asked:
        if service not in self._flows.services:
            raise UnknownName(f"the vocabulary has no service {service}")
        symbols = step.get("as", {})
        return Asked(
            label=f"{label} {service}",
            step=step,
            service=self._flows.services[service],
            stream=step.get("stream", MAIN),
            at=self._way.simulator.clock.now(),
            symbols=symbols if isinstance(symbols, dict) else {},
        )

    def _await(self, label: str, step: Mapping[str, Any]) -> None:
        """The first event that matches binds; what has come before counts as well."""
        key = self._ledger.list_of(step["await"])
        events = self._client.events.get(key, []) if key is not None else []
        for event in events:
            bound = self._flows.matcher.match(step["event"], event, self._ledger.bindings)
            if bound is not None:
                self._ledger.bindings = bound
                return
        came = "\n".join(f"    {show(event)}" for event in events) or "    nothing"
        self._faults.append(f"{label}: no event of {step['await']} matches {show(step['event'])}; came\n{came}")

    # ---- judging

    def _judge_outcomes(self) -> None:
        ledger, expect = self._ledger, self._scenario.expect
        ledger.judge_all()
        subject = ledger.subject()
        if subject is None:
            about = sorted({"confirmation", "failure", "afterSeconds"} & set(expect))
            self._faults += [f"{key}: do has no request whose outcome this could be" for key in about]
            return
        outcome = subject.outcome
        if "afterSeconds" in expect and outcome is not None:
            passed = outcome.at - subject.at
            if abs(passed - expect["afterSeconds"]) > TOLERANCE_S:
                wanted = expect["afterSeconds"]
                self._faults.append(f"{subject.label}: expected its outcome after {wanted} s, came after {passed} s")
        orders = [ledger.order_of(place) for place in expect.get("replyOrder", [])]
        if orders != sorted(set(orders)) or inf in orders:
            self._faults.append(f"replyOrder: expected {expect['replyOrder']}, the outcomes came as {orders}")

    def _event_claims(self, marks: Mapping[tuple[str, str, int], int]) -> list[Claim]:
        claims = []
        for name, pattern in self._scenario.expect.get("events", {}).items():
            if name.removeprefix("private:") in self._ledger.in_json:
                continue
            key = self._ledger.list_of(name)
            if key is not None:
                came = self._client.events.get(key, [])[marks.get(key, 0) :]
                claims.append(Claim(f"events of {name}", pattern, came))
            else:
                self._faults.append(f"events of {name}: no such monitor was started")
        return claims

    def _json_claims(self, clients: JsonClients, marks: Mapping[str, int]) -> list[Claim]:
        claims = []
        for extension, mark in marks.items():
            came = clients.events(extension)[mark:]
            shapes = (shape_fault(self._flows.shapes, event) for event in came)
            self._faults += [f"JSON events of {extension}: {fault}" for fault in shapes if fault]
            pattern = without_nulls(self._scenario.expect["jsonEvents"][extension])
            claims.append(Claim(f"JSON events of {extension}", pattern, [json_event(event) for event in came]))
        return claims

    async def _judge(self, claims: list[Claim]) -> None:
        """Compare what came, then ask for the state that is left; symbols must agree throughout."""
        ledger, before = self._ledger, self._ledger.bindings
        ledger.bindings, faults = compare(self._flows, claims, before)
        try:
            state = await StateClaims(self._query).claims(self._scenario.expect.get("stateAfter", {}), ledger.bindings)
        except UnknownName as error:
            self._faults += [*faults, str(error)]
            return
        both, known = (state, ledger.bindings) if faults else (claims + state, before)
        ledger.bindings, more = compare(self._flows, both, known)
        self._faults += faults + more

    async def _query(self, service: str, args: Mapping[str, Any]) -> dict[str, Any] | None:
        asked = self._asked("stateAfter", {}, service)
        await self._client.ask(asked, args)
        await self._way.settle()
        fault = outcome_fault(self._flows, asked, {})
        if asked.outcome is None and fault:
            self._faults.append(fault)
        return asked.outcome.value if asked.outcome and asked.outcome.kind == "confirmation" else None


def _summary(step: Mapping[str, Any]) -> str:
    """A step in one line, without what it expects."""
    return " ".join(f"{key} {show(value)}" for key, value in step.items() if key not in UNTOLD)
