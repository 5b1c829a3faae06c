"""What of requests and responses is never logged, and never kept: passwords, secrets, keys that are shown once."""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, SecretStr

from ivrsvr.registry import Entry, ShownOnce
from ivrsvr.store.parameters import may_be_told


def hidden_in(entry: Entry, request: Mapping[str, Any]) -> frozenset[str]:
    """The keys of a request that hold secrets, or might: where it has a secret, one that it does not know is a slip."""
    hidden = _secrets(entry.request)
    if hidden:
        hidden |= request.keys() - entry.request.model_fields.keys() - {"request"}
    if "value" in request and not may_be_told(str(request.get("name")), str(request["value"])):
        hidden |= {"value"}
    return hidden


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
