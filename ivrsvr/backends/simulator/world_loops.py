"""Calls that would go round in circles: coverage, forwarding and vectors that lead back to where a call came from.

The graph has an edge wherever a number hands calls on by itself, without anybody answering. Stations forward one hop
only, so that two may forward to each other; steps that go to another vector are left to the switch's step limit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivrsvr.backends.simulator.world_reader import WorldError
from ivrsvr.backends.simulator.world_schema import SkillData, VdnData, VectorStep
from ivrsvr.backends.simulator.world_stations import CoveragePath, StationData

FORWARDING_KEYS = ("forward", "forwardBusy", "forwardNoAnswer")


@dataclass(frozen=True, slots=True)
class Edge:
    """One number hands calls on to another; path: where the file says so."""

    to: str
    path: str


Graph = dict[str, list[Edge]]


def check_loops(
    stations: Mapping[str, StationData],
    skills: Mapping[str, SkillData],
    vectors: Mapping[str, tuple[VectorStep, ...]],
    vdns: Mapping[str, VdnData],
    paths: Mapping[str, CoveragePath],
) -> None:
    """Raises WorldError for a circle, with the numbers on it."""
    _check_points(stations, paths)
    graph: Graph = {}
    for extension, station in stations.items():
        graph[f"{extension} covered"] = list(_points(station.coveragePath, paths, stations))
        graph[extension] = [
            # One hop: what a station hands on is not handed on by the next station's forwarding.
            Edge(f"{number} ringing" if number in stations else number, f"stations.{extension}.{key}")
            for key in FORWARDING_KEYS
            if (number := getattr(station, key))
        ]
    for extension, skill in skills.items():
        graph[extension] = list(_points(skill.coveragePath, paths, stations))
    for extension, vdn in vdns.items():
        shared = next((number for number, vector in vectors.items() if vector is vdn.vector), "")
        where = f"vectors.{shared}" if shared else f"vdns.{extension}.vector"
        graph[extension] = [
            edge
            for place, step in enumerate(vdn.vector, 1)
            # A condition can end the circle: a menu leads back to itself.
            if step.step == "route-to" and step.condition is None
            for edge in _routes(step.number, f"{where}.{place}.number", stations, step.coverage)
        ]
    _find_circle(graph)


def _points(number: str, paths: Mapping[str, CoveragePath], stations: Mapping[str, StationData]) -> Iterator[Edge]:
    """The coverage points that may hand a call on: a station among them just rings."""
    points = paths[number].points if number else ()
    for place, point in enumerate(points, 1):
        if point not in stations:
            yield Edge(point, f"coveragePaths.{number}.points.{place}")


def _routes(number: str, path: str, stations: Mapping[str, StationData], coverage: bool) -> Iterator[Edge]:
    yield Edge(number, path)
    if coverage and number in stations:
        yield Edge(f"{number} covered", path)


def _check_points(stations: Mapping[str, StationData], paths: Mapping[str, CoveragePath]) -> None:
    for name, path in paths.items():
        for place, point in enumerate(path.points, 1):
            if point in path.points[: place - 1]:
                raise WorldError(f"coveragePaths.{name}.points.{place}", f"the point {point} stands in the path twice")
    for extension, station in stations.items():
        points = paths[station.coveragePath].points if station.coveragePath else ()
        if points and set(points) == {extension}:
            raise WorldError(
                f"stations.{extension}.coveragePath",
                f"the path {station.coveragePath} has no other point than {extension} itself",
            )


def _find_circle(graph: Graph) -> None:
    """Depth first; what has been left once without a circle needs no second look."""
    done: set[str] = set()
    for start in graph:
        trail: list[tuple[str, Iterator[Edge]]] = [(start, iter(graph[start]))]
        on_trail = {start}
        while trail and start not in done:
            node, edges = trail[-1]
            edge = next(edges, None)
            if edge is None:
                trail.pop()
                on_trail.discard(node)
                done.add(node)
            elif edge.to in on_trail:
                names = [name for name, _ in trail]
                circle = [*names[names.index(edge.to) :], edge.to]
                raise WorldError(edge.path, f"calls would go round in circles: {' -> '.join(map(_number, circle))}")
            elif edge.to in graph and edge.to not in done:
                trail.append((edge.to, iter(graph[edge.to])))
                on_trail.add(edge.to)


def check_vectors(vectors: Mapping[str, tuple[VectorStep, ...]], vdns: Mapping[str, VdnData]) -> None:
    """Raises WorldError for vectors that do nothing but lead to each other.

    Loops within a vector, or in which something happens, or that a condition may end, are the switch's business: it
    counts the steps.
    """
    steps = {f"vectors.{number}": vector for number, vector in vectors.items()}
    steps |= {f"vdns.{extension}.vector": vdn.vector for extension, vdn in vdns.items()}
    for path, vector in steps.items():
        for first in range(len(vector)):
            seen: list[tuple[str, int]] = []
            place: tuple[str, int] | None = (path, first)
            while place is not None and place not in seen:
                seen.append(place)
                place = _leads(place, steps)
            if place is not None:
                _refuse_circle([*seen[seen.index(place) :], place], steps)


def _leads(place: tuple[str, int], steps: Mapping[str, tuple[VectorStep, ...]]) -> tuple[str, int] | None:
    """Where a step leads that does nothing else, whatever the call; None = it does something, or ends there."""
    path, index = place
    step = steps[path][index] if index < len(steps[path]) else None
    if step is None or step.condition is not None:
        return None
    if step.step == "goto-step":
        return path, step.to - 1
    if step.step == "goto-vector":
        return f"vectors.{step.vector}", step.to - 1
    return (f"vdns.{step.vdn}.vector", 0) if step.step == "goto-vdn" else None


HOPS = {"goto-vdn": "vdn", "goto-vector": "vector"}
"""Steps to another vector -> the key that says where."""


def _refuse_circle(circle: list[tuple[str, int]], steps: Mapping[str, tuple[VectorStep, ...]]) -> None:
    for path, index in circle:
        kind = steps[path][index].step
        if kind in HOPS:
            told = " -> ".join(f"{where}.{place + 1}" for where, place in circle)
            raise WorldError(f"{path}.{index + 1}.{HOPS[kind]}", f"calls would go round in circles: {told}")


def _number(node: str) -> str:
    return node.partition(" ")[0]
