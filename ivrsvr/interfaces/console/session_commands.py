"""The commands that concern the person's own session: help, the trace, the password. Entries like any other.

Their owner is the shell (`ivrsvr.interfaces.console.shell.Shell`).
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, SecretStr, StringConstraints

from ivrsvr.interfaces.console.grammar import Command
from ivrsvr.registry import Caller, Done, Entry, Request, Response, Text
from ivrsvr.service.errors import Own, own
from ivrsvr.service.trace import TOPICS, Topic

if TYPE_CHECKING:
    from ivrsvr.interfaces.console.shell import Shell

GROUP = "console"


class Leave(Exception):  # noqa: N818 - no error: the person wants to go
    """The person leaves the console."""


class Nothing(Request):
    """No keys."""


class HelpRequest(Request):
    """Keys of `help`."""

    command: Text = ""


class TraceRequest(Request):
    """Keys of `trace on` and `trace off`."""

    topic: Literal["asc", "rest", "ws", "sim", "all"]
    extension: Text = ""


class PasswordRequest(Request):
    """Keys of `change password`; both are asked for."""

    old: SecretStr
    password: SecretStr


class MarkRequest(Request):
    """Keys of `mark`."""

    text: Annotated[Text, StringConstraints(pattern=r"^[A-Za-z0-9]{0,64}$")] = ""


class Watched(BaseModel):
    """A topic that this console shows."""

    topic: Topic
    extensions: str


class TraceResponse(Response):
    """What this console shows."""

    trace: Annotated[list[Watched], Field(description="The topics, each with its extensions; none = all.")]


async def _help(shell: "Shell", request: HelpRequest, _caller: Caller) -> None:
    """All commands in a line each, or one in full; shown page by page, so that nothing is left to answer."""
    words = request.command.split()
    allowed = [command for command in shell.commands if command.entry.scope in shell.scopes or _own(command)]
    if not words:
        await shell.show(_overview(allowed))
        return
    found = [command for command in shell.commands.named(words) if command in allowed]
    if not found:
        meant, _ = shell.commands.find(words)  # says what was probably meant
        if meant not in allowed:
            raise own(
                Own.NOT_AUTHORIZED, f"{meant.entry.name} needs the scope {meant.entry.scope}, which you do not have"
            )
        found = [meant]
    await shell.show([line for command in found for line in _in_full(command)])


def _own(command: Command) -> bool:
    return command.entry.group == GROUP


def _overview(commands: list[Command]) -> list[str]:
    lines: list[str] = []
    groups: dict[str, list[Command]] = {}
    for command in commands:
        groups.setdefault(command.entry.group, []).append(command)
    for group, members in groups.items():
        lines.extend(["", f"{group}:"])
        lines.extend(f"  {command.form:<46}  {command.entry.summary}" for command in members)
    return [*lines[1:], "", "Words may be shortened (`d call`). `help <command>` says more."]


def _in_full(command: Command) -> list[str]:
    entry = command.entry
    lines = [command.form, f"  {entry.summary}"]
    lines.extend(f"  {line}" for line in entry.description.splitlines())
    for name, field in entry.request.model_fields.items():
        choices = command.choices(name)
        meaning = field.description or (", ".join(choices) if choices else "")
        need = "" if command.needs(name) else "optional"
        lines.append(f"    {name:<16} {need:<9} {meaning}".rstrip())
    return [*lines, ""]


async def _quit(_shell: "Shell", _request: Nothing, _caller: Caller) -> BaseModel:
    raise Leave


async def _trace_on(shell: "Shell", request: TraceRequest, caller: Caller) -> BaseModel:
    if "admin" not in caller.scopes:
        raise own(Own.NOT_AUTHORIZED, "the trace shows everybody's calls; it needs the scope admin")
    trace = shell.office.service.trace
    for topic in _topics(request.topic):
        before = shell.watcher.topics.get(topic, frozenset())
        extensions = before | {request.extension} if request.extension else frozenset()
        trace.watch(shell.watcher, topic, frozenset(extensions))
    return Done()


async def _trace_off(shell: "Shell", request: TraceRequest, _caller: Caller) -> BaseModel:
    for topic in _topics(request.topic):
        shell.office.service.trace.leave(shell.watcher, topic)
    return Done()


def _topics(topic: str) -> list[Topic]:
    return [one for one in TOPICS if topic in (one, "all")]


async def _disp_trace(shell: "Shell", _request: Nothing, _caller: Caller) -> BaseModel:
    found = [
        Watched(topic=topic, extensions=", ".join(sorted(extensions)) or "all")
        for topic, extensions in shell.watcher.topics.items()
    ]
    return TraceResponse(trace=found)


async def _mark(shell: "Shell", request: MarkRequest, _caller: Caller) -> BaseModel:
    shell.mark = request.text
    return Done()


async def _change_password(shell: "Shell", request: PasswordRequest, caller: Caller) -> BaseModel:
    assert shell.user is not None
    accounts = shell.office.accounts
    user = await accounts.check(shell.user.name, request.old.get_secret_value(), caller.address)
    shell.user = await accounts.set_password(user, request.password.get_secret_value())
    return Done()


SESSION_COMMANDS: tuple[Entry, ...] = (
    Entry(
        name="help",
        group=GROUP,
        scope="query",
        request=HelpRequest,
        response=Done,
        handler=cast(Any, _help),
        summary="List the commands, or explain one.",
        form="help [command...]",
    ),
    Entry(
        name="quit",
        group=GROUP,
        scope="query",
        request=Nothing,
        response=Done,
        handler=_quit,
        summary="Leave the console.",
    ),
    Entry(
        name="trace on",
        group=GROUP,
        scope="admin",
        request=TraceRequest,
        response=Done,
        handler=_trace_on,
        summary="Show what passes, live.",
        description=(
            "asc: requests to the switch and its reports, decoded. rest, ws: requests and answers of the doors.\n"
            "sim: the simulator. With an extension only what concerns it; again for further extensions."
        ),
        form="trace on <topic> [extension]",
    ),
    Entry(
        name="trace off",
        group=GROUP,
        scope="admin",
        request=TraceRequest,
        response=Done,
        handler=_trace_off,
        summary="Show it no longer.",
        form="trace off <topic>",
    ),
    Entry(
        name="disp trace",
        group=GROUP,
        scope="query",
        request=Nothing,
        response=TraceResponse,
        handler=_disp_trace,
        summary="What this console shows live.",
    ),
    Entry(
        name="mark",
        group=GROUP,
        scope="query",
        request=MarkRequest,
        response=Done,
        handler=_mark,
        summary="For programs: end each answer with a line of this text and `done` or `failed`.",
        description="Letters and digits, best by chance. Without a text answers end as they do for people.",
        form="mark [text]",
    ),
    Entry(
        name="change password",
        group=GROUP,
        scope="query",
        request=PasswordRequest,
        response=Done,
        handler=_change_password,
        summary="Change your own password.",
    ),
)
