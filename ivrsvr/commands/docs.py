"""`ivrsvr docs`: prints the pages of the manual that are made from the server's own tables."""

import argparse
from typing import Any

from ivrsvr.commands import DONE

CLIENTS = frozenset({"client-python", "client-javascript", "client-typescript"})
"""What the client packages take from the registry."""


def add(commands: Any) -> None:
    """Declare the command's options."""
    docs = commands.add_parser("docs", help="print a page of the manual that is made from the server's own tables")
    docs.add_argument(
        "page", choices=["requests", "events", "settings", "scenario-schema", "world-schema", *sorted(CLIENTS)]
    )
    docs.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one page."""
    if options.page.endswith("-schema"):
        print(_schema(options.page), end="")
        return DONE
    if options.page in CLIENTS:
        print(_client(options.page), end="")
        return DONE
    from ivrsvr.app import all_requests
    from ivrsvr.interfaces.reference import events_reference, requests_reference, settings_reference

    if options.page == "requests":
        text = requests_reference(all_requests())
    else:
        text = events_reference() if options.page == "events" else settings_reference()
    print(text, end="")
    return DONE


def _schema(page: str) -> str:
    """A JSON schema for editors."""
    import json

    from ivrsvr.backends.simulator.file_schemas import scenario_schema, world_schema

    return json.dumps(scenario_schema() if page == "scenario-schema" else world_schema(), indent=1) + "\n"


def _client(page: str) -> str:
    """A module of a client package."""
    from ivrsvr.app import all_requests
    from ivrsvr.interfaces.bindings.javascript import javascript_requests, typescript_requests
    from ivrsvr.interfaces.bindings.python import python_requests

    made = {
        "client-python": python_requests,
        "client-javascript": javascript_requests,
        "client-typescript": typescript_requests,
    }
    return made[page](all_requests())
