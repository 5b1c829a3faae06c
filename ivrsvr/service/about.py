"""What is being worked on at the moment, for log lines: request, extension, call, client."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_NOTHING: Mapping[str, str] = {}
_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=_NOTHING)


def about() -> Mapping[str, str]:
    """The keys in force."""
    return _about.get()


@contextmanager
def working_on(**keys: str) -> Iterator[None]:
    """Say in every log line of the body what it is about; empty keys are left out."""
    token = _about.set({**_about.get(), **{name: value for name, value in keys.items() if value}})
    try:
        yield
    finally:
        _about.reset(token)
