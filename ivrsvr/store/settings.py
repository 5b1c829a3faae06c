"""Parameters in force: what options, environment and database say, in that order, and the defaults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from ivrsvr.store.faults import writing
from ivrsvr.store.parameters import ENVIRONMENT, PARAMETERS, Parameter, ParameterError, Value, find, is_tlink
from ivrsvr.store.secrets import SecretError, Secrets, sealed
from ivrsvr.store.tlinks import masked


class Stored:
    """The table `tParameter` of an open database.

    secrets: with which secrets are encrypted that are stored; None = they are stored as they come.
    """

    def __init__(self, database: Database, secrets: Secrets | None = None) -> None:
        self._database = database
        self._secrets = secrets

    def get(self, name: str) -> str | None:
        """The text stored for a parameter; None = there is none. Raises ParameterError for an unknown name."""
        find(name)
        row = self._database.execute("select value from tParameter where name = ?", [name]).fetchone()
        return None if row is None else str(row[0])

    def set(self, name: str, text: str) -> None:
        """Store a text for a parameter.

        Raises ParameterError for an unknown name, one that cannot be stored, and a value that it cannot have;
        StoreError.
        """
        parameter = find(name)
        if not parameter.stored:
            raise ParameterError(f"{name} cannot be stored in the database; use the option or {parameter.variable}")
        parameter.parse(text)
        if self._secrets is not None:
            try:
                text = sealed(name, text, self._secrets)
            except SecretError as error:
                raise ParameterError(f"{name}: {error}") from None
        with writing(self._database):
            self._database.table("tParameter").upsert(
                {"name": name, "value": text, "description": parameter.help}, pk="name"
            )

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """What is stored, by name; rows of unknown names (of another version) as well."""
        for name, value in self._database.execute("select name, value from tParameter order by name"):
            yield str(name), "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter in force.

    source: "option", "environment", "database" or "default".
    """

    parameter: Parameter
    text: str
    source: str

    @property
    def value(self) -> Value:
        """Raises ParameterError."""
        return self.parameter.parse(self.text)

    @property
    def shown(self) -> str:
        """The text, as it may be shown to people."""
        if self.parameter.kind == "tlink":
            return masked(self.text)
        return "*****" if self.parameter.secret and self.text else self.text


def resolve(
    options: Mapping[str, str], environment: Mapping[str, str], stored: Mapping[str, str] | None = None
) -> dict[str, Setting]:
    """Every parameter, with its value in force; TLINKs as many as are set.

    options: texts by parameter name. environment: all variables of the process. stored: see `Stored`.

    Raises ParameterError for a value that its parameter cannot have, wherever it comes from.
    """
    stored = stored or {}
    parameters = [*PARAMETERS, *_tlinks(options, environment, stored)]
    found: dict[str, Setting] = {}
    for parameter in parameters:
        setting = _in_force(parameter, options, environment, stored)
        try:
            setting.value  # noqa: B018 - the check is wanted, the value is not
        except ParameterError as error:
            raise ParameterError(f"{error} ({_where(setting)})") from None
        found[parameter.name] = setting
    return found


def _in_force(
    parameter: Parameter, options: Mapping[str, str], environment: Mapping[str, str], stored: Mapping[str, str]
) -> Setting:
    if parameter.name in options:
        return Setting(parameter, options[parameter.name], "option")
    if parameter.variable in environment:
        return Setting(parameter, environment[parameter.variable], "environment")
    if parameter.stored and parameter.name in stored:
        return Setting(parameter, stored[parameter.name], "database")
    return Setting(parameter, parameter.default, "default")


def _where(setting: Setting) -> str:
    name = setting.parameter.name
    return {
        "option": f"option --{name.replace('_', '-')}",
        "environment": f"environment variable {setting.parameter.variable}",
        "database": f"in the database: `ivrsvr parameter set {name} VALUE` mends it",
    }.get(setting.source, setting.source)


def _tlinks(*sources: Mapping[str, Any]) -> list[Parameter]:
    """The TLINK parameters that are set anywhere, in their order."""
    names: set[str] = set()
    for source in sources:
        for key in source:
            name = key.removeprefix(ENVIRONMENT).lower() if key.startswith(ENVIRONMENT) else key
            if is_tlink(name):
                names.add(name)
    return [find(name) for name in sorted(names)]
