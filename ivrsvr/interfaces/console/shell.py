"""One person at a terminal: log-in, prompt, commands, pages, and the trace that runs in between."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ivrsvr import __version__
from ivrsvr.interfaces.accounts import Accounts, scopes_of
from ivrsvr.interfaces.administration.site import Sitting
from ivrsvr.interfaces.audit import Audit, what
from ivrsvr.interfaces.console.editor import LINE_MOST, Editor, Ended, Entered, Interrupted, Outcome, key_at
from ivrsvr.interfaces.console.grammar import Command, CommandError, Commands, split
from ivrsvr.interfaces.console.render import render
from ivrsvr.interfaces.console.session_commands import GROUP, SESSION_COMMANDS, Leave
from ivrsvr.interfaces.console.terminal import PROMPT, Terminal
from ivrsvr.registry import Caller, Entry, RequestError
from ivrsvr.service.errors import invalid
from ivrsvr.service.plain import harmless
from ivrsvr.service.service import Service
from ivrsvr.service.trace import Watcher
from ivrsvr.store.faults import StoreError
from ivrsvr.store.parameters import BY_NAME
from ivrsvr.store.tables import TableError, User

log = logging.getLogger(__name__)

TRIES = 3
"""Log-ins that one connection may try."""

LOGIN_S = 30.0
"""Time in which somebody must have logged in."""

AHEAD_MOST = 16384
"""Characters typed while a command runs that are kept."""

TOO_LONG = f"a line has at most {LINE_MOST} characters; nothing was done with this one"

KNOWN = {command: {"name": tuple(BY_NAME)} for command in ("change parameter", "disp parameter")}
"""What Tab completes beside commands and their choices."""

MORE = "-- more: space, enter, q --"


@dataclass(slots=True)
class Office:
    """What all consoles of a server share.

    idle_s:   after which a console at which nothing is typed is closed; 0 = never.
    sittings: who is at them, in the order of their coming.
    """

    service: Service
    accounts: Accounts
    audit: Audit
    idle_s: float = 1800.0
    sittings: list[Sitting] = field(default_factory=list)

    @contextmanager
    def seated(self, user: str, address: str) -> Iterator[None]:
        """Have somebody at a console for the length of the body."""
        sitting = Sitting(user, address, self.service.clock.wall())
        self.sittings.append(sitting)
        try:
            yield
        finally:
            self.sittings.remove(sitting)


class Gone(Exception):  # noqa: N818 - an outcome, no fault
    """The peer is gone, or was silent for too long."""


class Shell:
    """The console of one terminal.

    user:  who has logged in; None = nobody yet.
    admit: whether there is room for one more, who has just logged in.
    mark:  with which each answer ends, for programs; "" = with nothing.
    """

    def __init__(
        self, office: Office, terminal: Terminal, user: User | None = None, *, admit: Callable[[], bool] = lambda: True
    ) -> None:
        self.office = office
        self.terminal = terminal
        self.user = user
        self.watcher = Watcher()
        self.commands = Commands(self._entries(), preferred=self._preferred(), known=KNOWN)
        self.editor = Editor(self._complete, echo=terminal.echo)
        self.mark = ""
        self._admit = admit
        self._typed: Iterator[Outcome | str] = iter(())
        self._reading: asyncio.Task[str] | None = None
        self._typing = False
        self._progressed = False
        self._ahead = ""
        self._only_one = False

    def _entries(self) -> list[Entry]:
        """The person's own commands, the administrators', then the requests of telephones. A console gets no events,
        so those of monitors are not among them.
        """
        office = [entry for scope in ("admin", "sim") for entry in self.office.service.registry if entry.scope == scope]
        others = [entry for entry in self.office.service.registry if entry.scope in ("call", "query")]
        return [*(entry.bind(self) for entry in SESSION_COMMANDS), *office, *others]

    def _preferred(self) -> list[str]:
        """Where a beginning fits several commands, those of the console win over requests of telephones."""
        return [entry.name for entry in self._entries() if entry.scope in ("admin", "sim") or entry.group == GROUP]

    @property
    def scopes(self) -> frozenset[Any]:
        """What the person may do."""
        return scopes_of(self.user.scopes) if self.user is not None else frozenset()

    # ---- the session

    async def run(self) -> None:
        """Until the person leaves or is gone."""
        watching: asyncio.Task[None] | None = None
        try:
            if self.user is None:
                await self._log_in()
            self._greet()
            watching = asyncio.create_task(self._watch(), name="console trace")
            assert self.user is not None
            with self.office.seated(self.user.name, self.terminal.address):
                while True:
                    await self._once()
        except (Gone, Leave, ConnectionError):
            pass
        finally:
            await self._close(watching)

    async def one(self, line: str) -> bool:
        """One command and no more; whether it succeeded."""
        self._only_one = True
        try:
            return await self.command(line)
        except (Gone, Leave, ConnectionError):
            return False
        finally:
            await self._close(None)

    async def _close(self, watching: "asyncio.Task[None] | None") -> None:
        self.office.service.trace.leave(self.watcher)
        for task in (watching, self._reading):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])

    async def _log_in(self) -> None:
        """Raises Gone when nobody could."""
        self.say(f"ivrsvr {__version__}")
        try:
            async with asyncio.timeout(LOGIN_S):
                for _ in range(TRIES):
                    name = (await self.ask("User: ")).strip()
                    password = await self.ask("Password: ", secret=True)
                    try:
                        self.user = await self.office.accounts.check(name, password, self.terminal.address)
                    except RequestError as refused:
                        # A name that nobody has may be a password in the wrong place.
                        known = self.office.accounts.knows(name)
                        self.office.audit.note(self._caller(), f"log in {name if known else '(unknown)'}", str(refused))
                        log.warning("console %s: a log-in was refused", self.terminal.address)
                        self.say(refused.text)
                    else:
                        self.office.audit.note(self._caller(), f"log in {name}", "success")
                        if self._admit():
                            return
                        self.say("too many consoles are open (console_connections); close one, and come again")
                        break
        except TimeoutError:
            self.say("", "nobody has logged in; good-bye")
        raise Gone

    def _greet(self) -> None:
        assert self.user is not None
        self.say(f"Welcome, {self.user.name}. `help` lists the commands, `quit` leaves.")
        if self.user.initial == "yes":
            self.say("Your password is the one that everybody knows: `change password` mends that.")

    async def _once(self) -> None:
        outcome = await self._line(PROMPT)
        if isinstance(outcome, Ended):
            raise Leave
        if isinstance(outcome, Interrupted) or not outcome.text.strip():
            return
        if outcome.cut:
            self.say(TOO_LONG)
        succeeded = not outcome.cut and await self.command(outcome.text)
        if self.mark:
            self.say(f"{self.mark} {'done' if succeeded else 'failed'}")

    async def command(self, line: str) -> bool:
        """Carry out one command and show its answer; whether it succeeded. Raises Leave."""
        if self.user is not None:
            self.user = self.office.accounts.current(self.user)
            if self.user is None:
                self.say("your user was deleted; good-bye")
                raise Leave
        try:
            words = split(line)
            command, rest = self.commands.find(words)
            request = command.fill(rest)
            await self._ask_secrets(command, request)
        except CommandError as error:
            self.say(harmless(str(error)))
            return False
        caller = self._caller()
        if command.entry.name in self.office.service.registry:
            response = await self._interruptible(request, caller)
        else:
            response = await self._own(command, request, caller)
            self.office.audit.note(caller, what(request, command.entry), str(response.get("error") or "success"))
        if self._progressed:
            self._progressed = False
            self.say("")
        if response is None:
            self.say("interrupted")
            return False
        if response:
            await self.show(render(response, command.words[-1]))
        return response.get("result") != "fail"

    async def _ask_secrets(self, command: Command, request: dict[str, Any]) -> None:
        """What is never written on the line is asked for, new passwords twice. Raises CommandError."""
        for key in command.secrets:
            request[key] = await self.ask(f"{key.capitalize()}: ", secret=True)
            if key != "old" and await self.ask(f"{key.capitalize()} again: ", secret=True) != request[key]:
                raise CommandError("the two are not the same; nothing was changed")

    def _caller(self) -> Caller:
        return Caller(
            door="console",
            address=self.terminal.address,
            user=self.user.name if self.user is not None else "",
            scopes=self.scopes,
            progress=self._progress,
        )

    async def _interruptible(self, request: dict[str, Any], caller: Caller) -> dict[str, Any] | None:
        """The service's response; None = the person pressed Ctrl-C before there was one. Raises Gone."""
        work = asyncio.create_task(self.office.audit.handle(request, caller))
        try:
            while True:
                reading = self._read()
                await asyncio.wait({work, reading}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    return work.result()
                text, self._reading = reading.result(), None
                if not text and self._only_one:
                    return await work  # whoever sends one command may have nothing more to say
                if not text:
                    raise Gone
                if "\x03" in text:
                    return None
                self._ahead = (self._ahead + text)[:AHEAD_MOST]
        finally:
            work.cancel()
            await asyncio.wait([work])

    async def _own(self, command: Command, request: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """The response of one of the person's own commands; empty = all was shown already. Raises Leave, Gone."""
        entry = command.entry
        try:
            answer = await entry.handler(entry.request.model_validate(request), caller)
        except ValidationError as error:
            return {"result": "fail", "error": str(invalid(entry.name, error))}
        except (RequestError, TableError, StoreError, CommandError) as error:
            return {"result": "fail", "error": str(error)}
        return {} if answer is None else dict(answer.model_dump())

    # ---- the terminal

    def say(self, *lines: str) -> None:
        """Show lines."""
        self.terminal.write("".join(f"{line}\r\n" for line in lines))

    def _progress(self, text: str) -> None:
        """Show how far a command has come, in one line where the terminal can write it over."""
        self._progressed = self.terminal.echo
        self.terminal.write(f"\r{harmless(text)}\x1b[K" if self.terminal.echo else f"{harmless(text)}\r\n")

    async def show(self, lines: list[str]) -> None:
        """Show lines, page by page where a page has an end."""
        room = max(self.terminal.rows - 1, 4)
        if not self.terminal.echo or self._fitting(lines, room) == len(lines):
            self.say(*lines)
            await self.terminal.drain()
            return
        at = 0
        step = room
        while at < len(lines):
            fitting = self._fitting(lines[at:], step)
            self.say(*lines[at : at + fitting])
            at += fitting
            if at >= len(lines):
                break
            self.terminal.write(MORE)
            key = await self._key()
            self.terminal.write(f"\r{' ' * len(MORE)}\r")
            if key in ("q", "Q", "\x03"):
                break
            step = 1 if key[0] in "\r\n" else room

    def _fitting(self, lines: list[str], room: int) -> int:
        """How many of the lines, one at least, fit into so many rows; a line wider than the terminal takes several."""
        columns = max(self.terminal.columns, 1)
        for count, line in enumerate(lines):
            room -= max(-(-len(line) // columns), 1)
            if room < 0:
                return max(count, 1)
        return len(lines)

    async def ask(self, prompt: str, *, secret: bool = False) -> str:
        """One line of the person's. Raises Leave, Gone; CommandError where somebody who has logged in gives it up."""
        outcome = await self._line(prompt, secret=secret)
        if isinstance(outcome, Entered):
            if outcome.cut and self.user is not None:
                raise CommandError(TOO_LONG)
            return outcome.text
        if isinstance(outcome, Interrupted) and self.user is not None:
            raise CommandError("interrupted; nothing was changed")
        raise Leave

    async def _line(self, prompt: str, *, secret: bool = False) -> Outcome:
        self.editor.columns = self.terminal.columns
        self.terminal.write(self.editor.begin(prompt, secret=secret))
        self._typing = True
        try:
            while True:
                for one in self._typed:
                    if not isinstance(one, str):
                        return one
                    self.terminal.write(one)
                text = await self._text()
                self.editor.echo = self.terminal.echo
                self._typed = self.editor.feed(text)
        finally:
            self._typing = False

    async def _key(self) -> str:
        """One key, where no line is typed; what was typed behind it is kept for later."""
        text = await self._text()
        size = len(key_at(text))
        self._ahead = text[size:] + self._ahead
        return text[:size]

    def _read(self) -> "asyncio.Task[str]":
        """The one reading that is under way."""
        if self._reading is None:
            self._reading = asyncio.create_task(self.terminal.read(), name="console reading")
        return self._reading

    async def _text(self) -> str:
        """What was typed, while a command ran or since. Raises Gone."""
        await self.terminal.drain()
        if self._ahead:
            text, self._ahead = self._ahead, ""
            return text
        reading = self._read()
        done, _ = await asyncio.wait({reading}, timeout=self.office.idle_s or None)
        if not done:
            self.say("", "nothing was typed for a long time; good-bye")
            raise Gone
        self._reading = None
        text = reading.result()
        if not text:
            raise Gone
        return text

    async def _watch(self) -> None:
        """Show the trace between the lines that the person types, for as long as he may see it."""
        while True:
            lines = await self.watcher.take()
            if not self._may_watch():
                self.office.service.trace.leave(self.watcher)
                lines = ["(the trace has ended: you may no longer see it)"]
            for line in lines:
                before, after = (self.editor.clear(), self.editor.redraw()) if self._typing else ("", "")
                self.terminal.write(f"{before}{harmless(line)}\r\n{after}")
            await self.terminal.drain()

    def _may_watch(self) -> bool:
        """Whether the person, as he is now, may see everybody's calls."""
        user = self.user and self.office.accounts.current(self.user)
        return user is not None and "admin" in scopes_of(user.scopes)

    def _complete(self, before: str) -> list[str]:
        return self.commands.complete(before) if self.user is not None else []
