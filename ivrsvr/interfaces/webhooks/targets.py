"""What a target of webhooks may be, whether an administrator adds it or a file brings it."""

from collections.abc import Callable
from dataclasses import replace

from ivrsvr.interfaces.joining import names_of
from ivrsvr.interfaces.webhooks.signing import octets_of
from ivrsvr.service.events import CONTRACT_TYPES, EXTENSION_TYPES
from ivrsvr.store.tables import TableError, device
from ivrsvr.store.webhooks import Webhook, checked

EVENTS = ("contract", "all")


def check(row: Webhook) -> Webhook:
    """A target as it is stored. Raises TableError for one that cannot be; its secrets are not looked at."""
    for eventtype in names_of(row.eventtypes):
        if eventtype not in (*CONTRACT_TYPES, *EXTENSION_TYPES):
            raise TableError(f"there is no event type {eventtype[:40]!r}")
    if row.events not in EVENTS:
        raise TableError(f"events must be one of {', '.join(EVENTS)}, not {row.events[:40]!r}")
    return checked(replace(row, extensions=",".join(device(one) for one in names_of(row.extensions))))


def check_secrets(row: Webhook, reveal: Callable[[str], str]) -> None:
    """Raises TableError for a target that nothing could be signed for; whatever reveal raises."""
    for name, text in (("secret", row.secret), ("former", row.former)):
        if text or name == "secret":
            try:
                octets_of(reveal(text))
            except ValueError as error:
                raise TableError(f"{name} is none: {error}, or what an export has of it") from None
