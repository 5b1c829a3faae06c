"""What of requests and responses is never logged, and never kept: passwords, secrets, keys that are shown once."""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, SecretStr

from ivrsvr.registry import Entry, ShownOnce
from ivrsvr.store.parameters import is_secret


def hidden_in(entry: Entry, request: Mapping[str, Any]) -> frozenset[str]:
    """The keys of a request that hold secrets."""
    hidden = _secrets(entry.request)
    return hidden | {"value"} if "value" in request and is_secret(str(request.get("name"))) else hidden


@cache
def _secrets(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(name for name, field in model.model_fields.items() if field.annotation is SecretStr)


@cache
def shown_once(response: Any) -> frozenset[str]:
    """The keys of a response whose values nobody is told again. response: of an `Entry`."""
    return frozenset(
        name
        for model in get_args(response) or (response,)
        for name, field in model.model_fields.items()
        if any(isinstance(one, ShownOnce) for one in field.metadata)
    )
