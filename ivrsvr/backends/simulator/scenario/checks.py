"""What must hold between the parts of a scenario and its world: references lead somewhere, times make sense."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ivrsvr.backends.simulator import incidents
from ivrsvr.backends.simulator.aes.faults import WHATS, FaultError, Rule
from ivrsvr.backends.simulator.hands import PhoneRequest, missing
from ivrsvr.backends.simulator.scenario.arrivals import CALLERS_MOST, Row, expected
from ivrsvr.backends.simulator.scenario.claims import BOUNDS
from ivrsvr.backends.simulator.scenario.numbers import dialled
from ivrsvr.backends.simulator.scenario.schema import PERCENTS, Arrivals, Claim, Deed, Ivr, ScenarioData, Staff
from ivrsvr.backends.simulator.scenario.values import ALL, Span
from ivrsvr.backends.simulator.training import checks as training
from ivrsvr.backends.simulator.world import World
from ivrsvr.backends.simulator.world_checks import refer
from ivrsvr.backends.simulator.world_reader import WorldError, describe, nearest

WAYS = ("at", "every", "perHour", "rates", "csv")
"""How an entry of the arrivals says when callers come; one of them."""


def check(data: ScenarioData, world: World, rows: Sequence[Sequence[Row]]) -> None:
    """Raises WorldError with the path of what is wrong."""
    if not data.duration:
        raise WorldError("duration", "must be above 0")
    if data.aes > 1 and data.backend != "tsapi":
        raise WorldError("aes", "only a server on the backend tsapi sees several; write backend: tsapi")
    _check_staff(data, world)
    for name, ivr in data.ivrs.items():
        _check_ivr(ivr, world, f"ivrs.{name}")
    _check_seats(data)
    for place, (entry, own) in enumerate(zip(data.arrivals, rows, strict=True), 1):
        _check_arrivals(entry, own, data, world, f"arrivals.{place}")
    for place, fault in enumerate(data.faults, 1):
        _check_fault(fault, data, world, f"faults.{place}")
    for place, hand in enumerate(data.hands, 1):
        hand_of(hand, data, world, f"hands.{place}")
    for place, device in enumerate(data.monitor, 1):
        if device != ALL:
            refer(device, [*world.stations, *world.skills, *world.vdns], "device", f"monitor.{place}")
    for place, claim in enumerate(data.expect, 1):
        _check_claim(claim, world, f"expect.{place}")
    if data.training is not None:
        training.check(data, data.training, world)


def _check_staff(data: ScenarioData, world: World) -> None:
    seen: dict[str, str] = {}
    for place, group in enumerate(data.staff, 1):
        path = f"staff.{place}"
        for key, numbers, known, kind in (
            ("agents", group.agents, world.agents, "agent"),
            ("stations", group.stations, world.stations, "station"),
        ):
            for number in numbers:
                refer(number, known, kind, f"{path}.{key}")
                if number in seen:
                    raise WorldError(f"{path}.{key}", f"{number} is in {seen[number]} already")
                seen[number] = path
        if group.agents and len(group.agents) != len(group.stations):
            raise WorldError(
                f"{path}.stations", f"{len(group.agents)} agents need as many stations, not {len(group.stations)}"
            )
        if group.habits:
            refer(group.habits, data.habits, "habit", f"{path}.habits")
        _check_shift(group, data, path)
    for name, habits in data.habits.items():
        for number in habits.colleagues:
            dialled(number, world, f"habits.{name}.colleagues")
        deeds = {word for word, weight in habits.does.choice.weights if weight} - {"nothing", "hold"}
        if deeds and not habits.colleagues:
            raise WorldError(f"habits.{name}.colleagues", f"{', '.join(sorted(deeds))} needs numbers to call")


def _check_shift(group: Staff, data: ScenarioData, path: str) -> None:
    if not group.agents and (group.breaks or group.logout is not None or group.login):
        raise WorldError(path, "only agents log in, log out and take breaks; name them, or leave these keys out")
    for place, one in enumerate(group.breaks, 1):
        if one.at < group.login:
            raise WorldError(f"{path}.breaks.{place}.at", "a break begins after the login")
        if one.at > data.duration:
            raise WorldError(f"{path}.breaks.{place}.at", f"the scenario is over after {data.duration:g} seconds")
    if group.logout is not None and group.logout <= group.login:
        raise WorldError(f"{path}.logout", "must come after the login")


def _check_seats(data: ScenarioData) -> None:
    seats = {station: "staff" for group in data.staff for station in group.stations}
    for name, ivr in data.ivrs.items():
        for port in ivr.ports:
            if port in seats:
                raise WorldError(f"ivrs.{name}.ports", f"{port} is in {seats[port]} already")
            seats[port] = f"ivrs.{name}"


def _check_ivr(ivr: Ivr, world: World, path: str) -> None:
    if not ivr.ports:
        raise WorldError(f"{path}.ports", "an IVR needs at least one port")
    for port in ivr.ports:
        refer(port, world.stations, "station", f"{path}.ports")
    for login in ivr.logins:
        refer(login, world.agents, "agent", f"{path}.logins")
    if ivr.logins and len(ivr.logins) != len(ivr.ports):
        raise WorldError(f"{path}.logins", f"{len(ivr.ports)} ports need as many logins, not {len(ivr.logins)}")
    refer(ivr.start, ivr.menus, "menu", f"{path}.start")
    for code, deed in ivr.codes.items():
        where = f"{path}.codes.{code}"
        _check_deed(deed, ivr, world, where)
        if not deed.deflect:
            raise WorldError(where, "what follows a code is deflect: the number to send the caller to")
    for name, menu in ivr.menus.items():
        where = f"{path}.menus.{name}"
        for keys in menu.choices:
            if len(keys) > menu.digits or not all(mark in "0123456789*" for mark in keys):
                raise WorldError(f"{where}.choices.{keys}", f"nobody can press this where digits is {menu.digits}")
        deeds = [("then", menu.then), ("otherwise", menu.otherwise)]
        for key, one in [*((f"choices.{keys}", deed) for keys, deed in menu.choices.items()), *deeds]:
            if one is not None:
                _check_deed(one, ivr, world, f"{where}.{key}")
                if one.deflect:
                    raise WorldError(f"{where}.{key}.deflect", "the call is answered already; write transfer")
    _check_menus_end(ivr, path)


def _check_deed(deed: Deed, ivr: Ivr, world: World, path: str) -> None:
    said = [key for key in ("menu", "transfer", "deflect", "dtmf", "hangup") if getattr(deed, key)]
    if len(said) != 1:
        raise WorldError(path, "needs one of menu, transfer, deflect, dtmf and hangup: true")
    if deed.menu:
        refer(deed.menu, ivr.menus, "menu", f"{path}.menu")
    for key in ("transfer", "deflect"):
        number = getattr(deed, key)
        if number:
            dialled(number, world, f"{path}.{key}")
    if deed.data and not deed.transfer:
        raise WorldError(f"{path}.data", "data travel with transfer only")


def _check_menus_end(ivr: Ivr, path: str) -> None:
    """Menus that say nothing and take no time must not lead to each other for ever."""
    for name in ivr.menus:
        seen: list[str] = []
        where = name
        while where:
            menu = ivr.menus[where]
            if menu.promptSeconds or (menu.digits and menu.waitSeconds):
                break
            if where in seen:
                raise WorldError(f"{path}.menus.{where}", f"silent menus in a circle: {' -> '.join([*seen, where])}")
            seen.append(where)
            follows = menu.otherwise if menu.digits else menu.then
            where = follows.menu if follows is not None else ""


def _check_arrivals(entry: Arrivals, rows: Sequence[Row], data: ScenarioData, world: World, path: str) -> None:
    said = [way for way in WAYS if getattr(entry, way) not in (None, (), "")]
    if len(said) != 1:
        raise WorldError(path, f"needs one of {', '.join(WAYS)}" + (f", not {' and '.join(said)}" if said else ""))
    if entry.to:
        dialled(entry.to, world, f"{path}.to")
    elif not (entry.csv and all(row.to for row in rows)) and not _destined(entry, world):
        raise WorldError(f"{path}.to", "this key is missing: the number that they call")
    if entry.trunkGroup:
        refer(entry.trunkGroup, world.trunkGroups, "trunk group", f"{path}.trunkGroup")
    elif not world.trunkGroups:
        raise WorldError(path, "callers from outside need a trunk group in the world")
    if entry.behaviour:
        refer(entry.behaviour, world.behaviours, "behaviour", f"{path}.behaviour")
    if not all(" " <= mark <= "~" for mark in entry.uui) or len(entry.uui) > 96:
        raise WorldError(f"{path}.uui", "must be up to 96 characters of plain ASCII")
    if entry.every is not None and entry.every < 0.001:
        raise WorldError(f"{path}.every", "must be above 0")
    steps = [step.at for step in entry.rates]
    if steps != sorted(set(steps)):
        raise WorldError(f"{path}.rates", "each step begins after the one before")
    _check_window(entry, data.duration, path)
    if (entry.every is not None or entry.rates or entry.perHour is not None) and (
        expected(entry, data.duration) > CALLERS_MOST
    ):
        raise WorldError(path, f"more than {CALLERS_MOST} callers would come")
    for place, row in enumerate(rows, 1):
        where = f"{entry.csv}, caller {place}"
        if row.to:
            dialled(row.to, world, where)
        if row.behaviour:
            refer(row.behaviour, world.behaviours, "behaviour", where)
        if row.trunk_group:
            refer(row.trunk_group, world.trunkGroups, "trunk group", where)


def _destined(entry: Arrivals, world: World) -> bool:
    """Whether callers of the trunk group get somewhere without calling a number."""
    group = world.trunkGroups.get(entry.trunkGroup)
    return group is not None and bool(group.destination)


def _check_window(entry: Arrivals, duration: float, path: str) -> None:
    for key, moment in (("starting", entry.starting), ("at", max(entry.at, default=Span(0)))):
        if moment >= duration and moment:
            raise WorldError(f"{path}.{key}", f"the scenario is over after {duration:g} seconds")
    if entry.ending is not None and entry.ending <= entry.starting:
        raise WorldError(f"{path}.ending", "must come after starting")


def moment_of(given: Mapping[str, Any], data: ScenarioData, path: str) -> tuple[float, dict[str, Any]]:
    """When a fault or a hand comes, and the rest of it. Raises WorldError."""
    if "at" not in given:
        raise WorldError(f"{path}.at", "this key is missing: when it happens")
    try:
        at = Span.parse(given["at"])
    except ValueError as error:
        raise WorldError(f"{path}.at", str(error)) from None
    if at > data.duration + data.closing:
        raise WorldError(f"{path}.at", f"the scenario is over after {data.duration + data.closing:g} seconds")
    return at, {name: value for name, value in given.items() if name != "at"}


TEXTS = ("device", "station", "trunkgroup")
"""Keys of a fault whose values are texts, although they look like numbers."""


def fault_of(given: Mapping[str, Any], data: ScenarioData, path: str) -> tuple[float, dict[str, Any]]:
    """When a fault comes, and the fault as /sim/faults takes it. Raises WorldError."""
    at, fault = moment_of(given, data, path)
    for key in ("lasting", "after"):
        if key in fault:
            try:
                fault[key] = float(Span.parse(fault[key]))
            except ValueError as error:
                raise WorldError(f"{path}.{key}", str(error)) from None
    return at, {
        name: str(value) if name in TEXTS and isinstance(value, int) else value for name, value in fault.items()
    }


def _check_fault(given: Mapping[str, Any], data: ScenarioData, world: World, path: str) -> None:
    _, fault = fault_of(given, data, path)
    kind = fault.get("fault")
    try:
        if incidents.is_incident(fault):
            incidents.check(world, fault)
        elif not isinstance(kind, str) or kind not in WHATS:
            every = [*WHATS, *incidents.LASTING]
            hint = nearest(kind, every) if isinstance(kind, str) else ""
            raise WorldError(f"{path}.fault", f"must be one of {', '.join(every)}, not {describe(kind)}{hint}")
        else:
            Rule.parse(fault)
    except FaultError as error:
        key, colon, rest = str(error).partition(": ")
        raise WorldError(*((f"{path}.{key}", rest) if colon and key.isalpha() else (path, str(error)))) from None


def hand_of(given: Mapping[str, Any], data: ScenarioData, world: World, path: str) -> tuple[float, PhoneRequest]:
    """When a hand acts, and what it does. Raises WorldError."""
    at, hand = moment_of(given, data, path)
    keys = list(PhoneRequest.model_fields)
    for name in hand:
        if name not in keys:
            raise WorldError(f"{path}.{name}", f"there is no such key here{nearest(str(name), keys)}")
    try:
        request = PhoneRequest.model_validate(hand)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise WorldError(f"{path}.{key}", str(first["msg"]).lower()) from None
    refer(request.extension, world.stations, "station", f"{path}.extension")
    if missing(request):
        raise WorldError(f"{path}.{missing(request)}", f"{request.action} needs this key")
    return at, request


def _check_claim(claim: Claim, world: World, path: str) -> None:
    if claim.atLeast is None and claim.atMost is None and claim.exactly is None:
        raise WorldError(path, "needs a bound: atLeast, atMost or exactly")
    if claim.atLeast is not None and claim.atMost is not None and claim.atLeast > claim.atMost:
        raise WorldError(f"{path}.atMost", f"is below atLeast ({claim.atLeast:g}): nothing could meet it")
    for key in BOUNDS if claim.figure in PERCENTS else ():
        bound = getattr(claim, key)
        if bound is not None and not 0 <= bound <= 100:
            raise WorldError(f"{path}.{key}", f"must be 0 to 100, not {bound:g}: {claim.figure} is a percentage")
    if claim.event and claim.figure != "events":
        raise WorldError(f"{path}.event", "only the figure events looks at single events")
    known: Iterable[tuple[str, Iterable[str]]] = (
        ("skill", world.skills),
        ("vdn", [*world.vdns, *world.stations, *world.skills]),
        ("agent", world.agents),
    )
    for key, numbers in known:
        if getattr(claim, key):
            refer(getattr(claim, key), numbers, key, f"{path}.{key}")
