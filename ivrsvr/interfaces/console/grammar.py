"""How commands are written: words of a line, matched with the commands' forms. Any word may be shortened.

A form says how a command is written: its words, `<key>` for a word that must come, `[key]` for one that may,
`<key...>` or `[key...]` for all that follows. Further keys of the request are written `key=value`.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import BaseModel, SecretStr

from ivrsvr.registry import Entry

_KEY = re.compile(r"(?:<(?P<needed>\w+)|\[(?P<optional>\w+))(?P<rest>\.\.\.)?[>\]]")


CHOICES_MOST = 60
"""Characters of the values of a key that stand in a form."""

FLAGS = ("yes|no", "false|true", "true|false")
"""Values that say nothing without the key's name."""

NONE_KNOWN: Mapping[str, Sequence[str]] = {}

IN_FULL = frozenset({"shutdown"})
"""Commands of which no beginning is enough: nobody is to stop a server with an `s`."""


SYNONYMS = {"?": "help", "bye": "quit", "exit": "quit"}
"""What people type who are used to other consoles."""

ALONE = {"logout": "quit"}
"""The same for lines of one word; with more words it is a command of its own."""


class CommandError(Exception):
    """A line is no command; the text says what is wrong and how it is written right."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form: a word that is written as it is, or a key whose value is written."""

    text: str
    key: bool = False
    needed: bool = True
    rest: bool = False


class Command:
    """One entry of the registry as people write it.

    form:  as it is shown, with the values of a key in its place where they are few: `trace off <asc|rest|ws|sim|all>`.
    known: by key, values that it often has, and that Tab completes.
    """

    __slots__ = ("entry", "form", "known", "parts", "words")

    def __init__(self, entry: Entry, known: Mapping[str, Sequence[str]] = NONE_KNOWN) -> None:
        self.entry = entry
        self.known = known
        self.words = tuple(entry.name.split())
        form = entry.form or " ".join([entry.name, *_written(entry)])
        self.parts = tuple(_part(word) for word in form.split()[len(self.words) :])
        self.form = " ".join([*self.words, *(self._shown(part) for part in self.parts)])

    def _shown(self, part: Part) -> str:
        if not part.key:
            return part.text
        choices = "|".join(self.choices(part.text))
        text = choices if 0 < len(choices) <= CHOICES_MOST and choices not in FLAGS else part.text
        text += "..." * part.rest
        return f"<{text}>" if part.needed else f"[{text}]"

    def needs(self, key: str) -> bool:
        """Whether a key has to be written, or is asked for."""
        field = self.entry.request.model_fields[key]
        return field.is_required() or any(part.text == key and part.needed for part in self.parts if part.key)

    @property
    def secrets(self) -> list[str]:
        """Keys that are asked for, never written on the line."""
        return [name for name, field in self.entry.request.model_fields.items() if _secret(field.annotation)]

    def fill(self, words: Sequence[str]) -> dict[str, Any]:
        """The request that the words behind the command's own make. Raises CommandError."""
        named, plain = self._named(words)
        found: dict[str, Any] = {"request": self.entry.name, **named}
        waiting = list(plain)
        for part in self.parts:
            if part.key and part.text in named:
                continue
            if not waiting:
                if part.needed:
                    raise self._wrong(f"{part.text} is missing")
                continue
            if part.rest:
                found[part.text] = " ".join(waiting)
                waiting.clear()
            elif part.key:
                found[part.text] = waiting.pop(0)
            elif not part.text.startswith(waiting.pop(0).lower()):
                raise self._wrong(f'the word "{part.text}" is missing')
        if waiting:
            raise self._wrong(f'"{waiting[0][:60]}" is too much')
        return found

    def _named(self, words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        keys = self.entry.request.model_fields
        named: dict[str, str] = {}
        plain: list[str] = []
        for word in words:
            key, equals, value = word.partition("=")
            if equals and key in keys and key not in self.secrets:
                named[key] = value
            else:
                plain.append(word)
        return named, plain

    def _wrong(self, what: str) -> CommandError:
        return CommandError(f"{what}; the form is: {self.form}")

    def offers(self, count: int) -> list[str]:
        """What may stand at a place behind the command's own words: a word of the form, or the values of a key."""
        if count >= len(self.parts):
            return []
        part = self.parts[count]
        if not part.key:
            return [part.text]
        return self.choices(part.text) or list(self.known.get(part.text, ()))

    def choices(self, key: str) -> list[str]:
        """The values that a key may have, where they are few."""
        return list(_choices_of(self.entry.request).get(key, ()))


@cache
def _choices_of(request: type[BaseModel]) -> Mapping[str, tuple[str, ...]]:
    """The values of each key of a request that has few.

    Kept, since everybody who comes to a console needs those of all requests: to look takes a quarter of a second, in
    which nobody is served.
    """
    keys = request.model_json_schema().get("properties", {})
    return {name: tuple(str(one) for one in schema["enum"]) for name, schema in keys.items() if "enum" in schema}


def _written(entry: Entry) -> list[str]:
    """The keys of a request in their order: those that must come, then none of the others."""
    keys = entry.request.model_fields.items()
    return [f"<{name}>" for name, field in keys if field.is_required() and not _secret(field.annotation)]


def _secret(annotation: object) -> bool:
    return annotation is SecretStr


def _part(word: str) -> Part:
    found = _KEY.fullmatch(word)
    if found is None:
        return Part(word)
    key = found["needed"] or found["optional"]
    return Part(key, key=True, needed=found["optional"] is None, rest=found["rest"] is not None)


def split(line: str) -> list[str]:
    """The words of a line; quotes hold words together. Raises CommandError."""
    try:
        return shlex.split(line)
    except ValueError:
        raise CommandError("a quotation mark has no partner") from None


class Commands:
    """All commands, found by their words or the beginnings of their words.

    preferred: names that win where a beginning fits others as well.
    known:     by name and key, values that Tab completes beside those of the request's own.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        preferred: Iterable[str] = (),
        known: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    ) -> None:
        self._commands = {entry.name: Command(entry, (known or {}).get(entry.name, NONE_KNOWN)) for entry in entries}
        self._preferred = frozenset(preferred)

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def named(self, words: Sequence[str]) -> list[Command]:
        """The commands that begin with these words, or with words of which these are the beginnings."""
        return [one for one in self._commands.values() if _begins(one.words, words)]

    def find(self, words: Sequence[str]) -> tuple[Command, list[str]]:
        """The command that a line means, and the words behind the command's own. Raises CommandError."""
        if not words:
            raise CommandError("nothing was asked for; `help` lists all")
        known = SYNONYMS if len(words) > 1 else {**SYNONYMS, **ALONE}
        words = [known.get(words[0].lower(), words[0]), *words[1:]]
        fitting = [one for one in self._commands.values() if _begins(words, one.words, exactly=False)]
        curtailed = [one for one in fitting if one.entry.name in IN_FULL and words[0].lower() != one.entry.name]
        fitting = [one for one in fitting if one not in curtailed]
        exact = [one for one in fitting if tuple(word.lower() for word in words[: len(one.words)]) == one.words]
        found = exact or [one for one in fitting if one.entry.name in self._preferred] or fitting
        longest = max((len(one.words) for one in found), default=0)
        found = [one for one in found if len(one.words) == longest]
        if len(found) == 1:
            return found[0], list(words[longest:])
        if curtailed and not found:
            raise CommandError(f"{curtailed[0].entry.name} has to be written in full")
        if found:
            verbs = sorted({one.words[0] for one in self.named(words[:1]) if longest == 1 and one not in found})
            names = ", ".join([*verbs, *(one.entry.name for one in found)])
            raise CommandError(f'"{" ".join(words[:longest])[:60]}" may mean {names}; write more of it')
        raise CommandError(self._unknown(words))

    def _unknown(self, words: Sequence[str]) -> str:
        begun = self.named(words[:1])
        behind = sorted({one.words[1] for one in begun if len(one.words) > 1})
        if len(words) == 1 and begun:
            return f'"{words[0][:60]}" needs one of: {", ".join(behind)}'
        line = " ".join(words[:2])[:60].lower()
        near = self._near(line.split())
        verbs = {one.words[0] for one in begun}
        sure = len(verbs) == 1 and behind
        others = f"behind {verbs.pop()} comes one of: {', '.join(behind)}" if sure else "`help` lists all"
        hint = f"did you mean {near}?" if near else others
        return f'there is no command "{line}"; {hint}'

    def _near(self, words: Sequence[str]) -> str:
        """The command, or its verb, that was probably meant; "" = none is near.

        Each word has to be like its own: behind a verb that is right, any word would make the line look near enough.
        """
        begun = [one.words[: len(words)] for one in self if all(map(_like, words, one.words))]
        near = get_close_matches(" ".join(words), map(" ".join, begun), n=1, cutoff=0)
        if not near and len(words) > 1 and not self.named(words[:1]):
            return self._near(words[:1])
        return near[0] if near else ""

    def complete(self, before: str) -> list[str]:
        """What the last word of a line may become."""
        words = before.split()
        if not before or before.endswith(" "):
            words.append("")
        *done, last = [word.lower() for word in words]
        offers: set[str] = set()
        for command in self._commands.values():
            size = len(command.words)
            if len(done) < size:
                if _begins(command.words, done):
                    offers.add(command.words[len(done)])
            elif _begins(done, command.words, exactly=False):
                offers.update(command.offers(len(done) - size))
        return sorted(offer for offer in offers if offer.startswith(last))


def _like(typed: str, word: str) -> bool:
    """Whether somebody may have meant a word with what was typed."""
    return word.startswith(typed) or bool(get_close_matches(typed, [word]))


def _begins(longer: Sequence[str], shorter: Sequence[str], *, exactly: bool = True) -> bool:
    """Whether words begin with other words, or with beginnings of them.

    exactly: the beginnings are on the side of the shorter; else on that of the longer, which somebody typed.
    """
    if len(longer) < len(shorter):
        return False
    if exactly:
        return all(whole.startswith(part.lower()) for whole, part in zip(longer, shorter, strict=False))
    return all(part and whole.startswith(part.lower()) for part, whole in zip(longer, shorter, strict=False))
