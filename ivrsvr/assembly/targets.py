"""Targets of webhooks that a configuration file brings: checked as `add webhook` checks them, secrets encrypted."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ivrsvr.interfaces.webhooks import targets
from ivrsvr.interfaces.webhooks.sending import Policy, forbidden
from ivrsvr.store.secrets import Secrets
from ivrsvr.store.settings import resolve
from ivrsvr.store.webhooks import Webhook

SECRET_COLUMNS = ("secret", "former")

OMITTED: Mapping[str, Any] = {"eventtypes": "", "events": "contract"}
"""What stands for columns that are not there, as in `add webhook`."""


def hidden(values: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """The columns of a target with its secrets encrypted. Raises SecretError."""
    return {name: secrets.hidden(value) if name in SECRET_COLUMNS else value for name, value in values.items()}


def checked(row: Webhook, there: Webhook | None, secrets: Secrets) -> Webhook:
    """A target as it is stored. there: the one of that name; deliveries go on where that was.

    Raises TableError, SecretError.
    """
    targets.check_secrets(row, secrets.reveal)
    return replace(targets.check(row), position=there.position if there else "")


def refusals(rows: Sequence[Webhook], stored: Mapping[str, str | None]) -> list[str]:
    """Those of some targets that parameters forbid, a line each. stored: the parameters of the database."""
    if not rows:
        return []
    kept = {name: stored.get(name) or "" for name in ("webhook_targets", "tls_only") if stored.get(name)}
    settings = resolve({}, os.environ, kept)
    policy, tls_only = cast(Policy, settings["webhook_targets"].value), bool(settings["tls_only"].value)

    async def reasons() -> list[str]:
        return await asyncio.gather(*(forbidden(row.url, policy, tls_only=tls_only) for row in rows))

    return [
        f"webhooks, {row.name}: {row.url[:100]}: {reason}"
        for row, reason in zip(rows, asyncio.run(reasons()), strict=True)
        if reason
    ]
