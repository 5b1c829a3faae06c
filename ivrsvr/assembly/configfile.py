"""The configuration as a file: YAML with all of it, CSV with one table, the original's Access file with its parameters.

A file is read and checked as a whole before anything is changed; what is wrong is told with its place, all at once.
"""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any

import yaml
from yaml.error import MarkedYAMLError

from ivrsvr.assembly import targets
from ivrsvr.interfaces import keys
from ivrsvr.interfaces.accounts import scopes_of
from ivrsvr.store import webhooks
from ivrsvr.store.parameters import ParameterError, find
from ivrsvr.store.secrets import SecretError, Secrets, sealed
from ivrsvr.store.tables import Configuration, Table, TableError

FORM = "1"
"""What `ivrsvr` says in a file of this form."""

ACCESS = (".mdb", ".accdb")

SIZE_MOST = 50_000_000
"""Octets of a file."""

WRONG_MOST = 20
"""Faults that are told of one file."""

MDB_S = 60
"""Time for `mdb-export`."""


class ConfigFileError(Exception):
    """A file cannot be used; the text says where and why, a line for each fault."""


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a file. place: where it stands, for people."""

    section: str
    place: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """A row that is to be otherwise. before: None = there is none; after: None = it is deleted."""

    section: str
    key: Any
    before: Any
    after: Any

    def __str__(self) -> str:
        what = "add" if self.before is None else "delete" if self.after is None else "change"
        return f"{what} {self.section} {self.key}"


def sections(configuration: Configuration) -> dict[str, Table[Any]]:
    """The tables by the names that they have in files."""
    return {
        "parameters": configuration.parameters,
        "extensions": configuration.extensions,
        "listeners": configuration.listeners,
        "blacklist": configuration.blacklist,
        "ipextnmap": configuration.seats,
        "users": configuration.users,
        "keys": configuration.keys,
        "webhooks": webhooks.table(configuration),
    }


HERE = frozenset({("webhooks", "position")})
"""Columns that no file has: what they say is true of this server alone."""


def _columns(section: str, table: Table[Any]) -> dict[str, Field[Any]]:
    """The columns of a table that files have."""
    return {one.name: one for one in fields(table.kind) if (section, one.name) not in HERE}


# ---- out


def is_foreign(path: Path) -> bool:
    """Whether a file is that of the original, whose parameters are not all ours."""
    return path.suffix.lower() in ACCESS


def export_yaml(configuration: Configuration, secrets: Secrets) -> str:
    """Everything. Secrets are in it only as they are encrypted or hashed."""
    told: dict[str, Any] = {"ivrsvr": FORM}
    for name, table in sections(configuration).items():
        rows = list(_rows(name, table, secrets))
        if name == "parameters":
            told[name] = {row["name"]: row["value"] for row in rows}
        else:
            told[name] = [row["extension"] for row in rows] if name == "extensions" else rows
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True)


def export_csv(configuration: Configuration, section: str, secrets: Secrets) -> str:
    """One table, with its columns in the first line. Raises ConfigFileError for a name that is none."""
    table = sections(configuration).get(section)
    if table is None:
        raise ConfigFileError(f"there is no table {section}; there are {', '.join(sections(configuration))}")
    out = io.StringIO()
    writer = csv.DictWriter(out, list(_columns(section, table)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(section, table, secrets))
    return out.getvalue()


def _rows(section: str, table: Table[Any], secrets: Secrets) -> Iterator[dict[str, Any]]:
    for row in table:
        values = {name: getattr(row, name) for name in _columns(section, table)}
        if section == "parameters":
            values["value"] = sealed(values["name"], values["value"] or "", secrets)
        if section == "webhooks":
            values = targets.hidden(values, secrets)
        yield values


# ---- in


def read(path: Path) -> list[Found]:
    """The rows of a file, by the ending of its name. Raises ConfigFileError."""
    ending = path.suffix.lower()
    if is_foreign(path):
        return _read_csv(_of_access(path), only="parameters")
    if ending not in (".yaml", ".yml", ".json", ".csv"):
        raise ConfigFileError(f"{path}: its name must end with .yaml, .json, .csv or .mdb")
    try:
        if path.stat().st_size > SIZE_MOST:
            raise ConfigFileError(f"{path} is larger than {SIZE_MOST} octets")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigFileError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise ConfigFileError(f"{path} is no text in UTF-8") from None
    return _read_csv(text) if ending == ".csv" else _read_yaml(text)


class _Loader(yaml.BaseLoader):
    """Every value a text. A key that is there twice would lose one of its values, and an alias can stand for a world of
    them: neither is taken.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for at, name in enumerate(names):
            if name in names[:at]:
                raise MarkedYAMLError(None, None, f"{name[:60]} is there twice", node.value[at][0].start_mark)
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise MarkedYAMLError(None, None, "aliases (*name) are not taken", mark)
        return super().compose_node(parent, index)


def _read_yaml(text: str) -> list[Found]:
    try:
        content = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise ConfigFileError(f"{where}{getattr(error, 'problem', None) or 'this is no YAML'}") from None
    except RecursionError:
        raise ConfigFileError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ConfigFileError("it must have tables such as parameters and extensions")
    if content.pop("ivrsvr", FORM) != FORM:
        raise ConfigFileError(f"its form is none that this server knows; ivrsvr must be {FORM}")
    return [found for section, rows in content.items() for found in _section(str(section), rows)]


def _section(section: str, rows: object) -> Iterator[Found]:
    if section == "parameters" and isinstance(rows, dict):
        for name, value in rows.items():
            text = ",".join(map(str, value)) if isinstance(value, list) else value
            yield Found(section, f"{section}.{name}", {"name": str(name), "value": text})
        return
    if rows in ("", None):
        return
    if not isinstance(rows, list):
        raise ConfigFileError(f"{section} must be a list")
    for number, row in enumerate(rows, 1):
        values = {"extension": row} if section == "extensions" and isinstance(row, str) else row
        if not isinstance(values, dict):
            raise ConfigFileError(f"{section}, entry {number}: it must have keys and values")
        yield Found(section, f"{section}, entry {number}", values)


_HEADS: Mapping[frozenset[str], str] = {
    frozenset({"name", "value"}): "parameters",
    frozenset({"extension"}): "extensions",
    frozenset({"port", "local", "remote", "kind"}): "listeners",
    frozenset({"ip", "comment"}): "blacklist",
    frozenset({"ip", "extension"}): "ipextnmap",
    frozenset({"name", "mark", "salt", "hash", "scopes"}): "keys",
    frozenset({"name", "hash", "scopes"}): "users",
    frozenset({"name", "url", "extensions", "secret"}): "webhooks",
}
"""The table of a CSV file, by columns that it must have; the first that fits most columns is meant."""


def _read_csv(text: str, only: str = "") -> list[Found]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        lines = [(reader.line_num, line) for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise ConfigFileError(f"line {reader.line_num}: {error}") from None
    if not lines:
        raise ConfigFileError("it is empty")
    head = [cell.strip().lower() for cell in lines[0][1]]
    fitting = [(len(needed), section) for needed, section in _HEADS.items() if needed <= set(head)]
    if not fitting or (only and max(fitting)[1] != only):
        raise ConfigFileError(
            f"the first line must name columns, such as name,value or extension; not {','.join(head)[:80]}"
        )
    if len(set(head)) < len(head):
        raise ConfigFileError("the first line names a column twice")
    for number, line in lines[1:]:
        if len(line) != len(head):
            raise ConfigFileError(
                f"line {number}: it has {len(line)} values for {len(head)} columns; "
                'a value with a comma in it stands in quotation marks: "a,b"'
            )
    section = max(fitting)[1]
    return [
        Found(section, f"line {number}", dict(zip(head, (cell.strip() for cell in line), strict=True)))
        for number, line in lines[1:]
    ]


def _of_access(path: Path) -> str:
    """The table tParameter of an Access file, as CSV. Raises ConfigFileError."""
    tool = shutil.which("mdb-export")
    if tool is None:
        raise ConfigFileError(
            "mdb-export is not on the PATH: install mdbtools, or export tParameter as CSV and import that"
        )
    if not path.is_file():
        raise ConfigFileError(f"{path} cannot be read: there is no such file")
    try:
        done = subprocess.run(
            [tool, "--", str(path), "tParameter"], capture_output=True, text=True, timeout=MDB_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeError) as error:
        raise ConfigFileError(f"mdb-export failed on {path}: {error}") from None
    if done.returncode or not done.stdout.strip():
        why = done.stderr.strip()[:200]
        raise ConfigFileError(f"{path} has no table tParameter that mdb-export can read{f': {why}' if why else ''}")
    return done.stdout


# ---- from one to the other


def plan(
    found: Sequence[Found],
    configuration: Configuration,
    secrets: Secrets,
    *,
    replace: bool = False,
    lenient: bool = False,
) -> tuple[list[Planned], list[str]]:
    """What would be changed, and what is passed over.

    replace: rows of the file's tables that it does not have are deleted.
    lenient: parameters that this server does not have are passed over, as those of the original.

    Raises ConfigFileError with everything that is wrong.
    """
    tables = sections(configuration)
    wrong: list[str] = []
    passed: list[str] = []
    wanted: dict[str, dict[Any, Any]] = {}
    for one in found:
        try:
            row = _checked(one, tables, secrets)
        except ParameterError as error:
            if lenient and "there is no parameter" in str(error):
                passed.append(f"{one.place}: {error}")
                continue
            wrong.append(f"{one.place}: {error}")
        except (TableError, SecretError, ConfigFileError) as error:
            wrong.append(f"{one.place}: {error}")
        else:
            key = tables[one.section].key_of(row)
            if key in wanted.setdefault(one.section, {}):
                wrong.append(f"{one.place}: {key} is there twice")
            wanted[one.section][key] = row
    if wrong:
        more = [f"and {len(wrong) - WRONG_MOST} more"] if len(wrong) > WRONG_MOST else []
        raise ConfigFileError("\n".join([*wrong[:WRONG_MOST], *more]))
    planned = [
        Planned(section, key, before, row)
        for section, rows in wanted.items()
        for key, row in rows.items()
        if (before := tables[section].get(key)) != row
    ]
    if replace:
        planned += [
            Planned(section, key, row, None)
            for section in wanted
            for row in tables[section]
            if (key := tables[section].key_of(row)) not in wanted[section]
        ]
    # As the parameters are once all is done.
    stored = {row.name: row.value for row in configuration.parameters}
    stored |= {one.key: one.after and one.after.value for one in planned if one.section == "parameters"}
    refused = targets.refusals([one.after for one in planned if one.section == "webhooks" and one.after], stored)
    if refused:
        raise ConfigFileError("\n".join(refused[:WRONG_MOST]))
    return planned, passed


def _checked(found: Found, tables: Mapping[str, Table[Any]], secrets: Secrets) -> Any:
    """The row that a row of a file stands for. Raises ConfigFileError, TableError, ParameterError."""
    table = tables.get(found.section)
    if table is None:
        raise ConfigFileError(f"there is no table {found.section[:40]}; there are {', '.join(tables)}")
    known = _columns(found.section, table)
    values: dict[str, Any] = {}
    for name, text in found.values.items():
        if name not in known:
            raise ConfigFileError(f"there is no column {str(name)[:40]}; there are {', '.join(known)}")
        if not isinstance(text, str):
            raise ConfigFileError(f"{name} must be one value")
        values[name] = _typed(name, text, known[name].type)
    if found.section == "parameters" and "name" in values:
        parameter = find(values["name"])
        parameter.parse(values.get("value", ""))
        values["value"] = sealed(parameter.name, values.get("value", ""), secrets)
        values["description"] = parameter.help
    if found.section == "users":
        scopes_of(values.get("scopes", ""))
        if not str(values.get("hash", "")).startswith("$argon2"):
            raise ConfigFileError("hash must be one of argon2, as an export has it; `add user` makes users")
    if found.section == "webhooks":
        values = targets.hidden({**targets.OMITTED, **values}, secrets)
    try:
        row = table.kind(**values)
    except TypeError:
        missing = [name for name, one in known.items() if name not in values and one.default is MISSING]
        raise ConfigFileError(f"{', '.join(missing)} is missing") from None
    if found.section == "keys":
        keys.check(row)
    if found.section == "webhooks":
        row = targets.checked(row, table.get(row.name), secrets)
    return table.checked(row)


def _typed(name: str, text: str, kind: Any) -> Any:
    if kind not in (int, float):
        return text
    digits = r"-?[0-9]{1,18}" if kind is int else r"-?[0-9]{1,18}(\.[0-9]{1,18})?"
    if not re.fullmatch(digits, text):
        raise ConfigFileError(f"{name} must be a number, not {text[:40]!r}")
    return kind(text)


def carry_out(planned: Sequence[Planned], configuration: Configuration) -> None:
    """Do all of it or nothing. Raises StoreError."""
    tables = sections(configuration)
    configuration.change_all([(tables[one.section], one.key, one.after) for one in planned])
