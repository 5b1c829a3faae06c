"""`ivrsvr docs`: prints the pages of the manual that are made from the server's own tables."""

import argparse
from typing import Any

from ivrsvr.commands import DONE


def add(commands: Any) -> None:
    """Declare the command's options."""
    docs = commands.add_parser("docs", help="print a page of the manual that is made from the server's own tables")
    docs.add_argument("page", choices=["requests", "events", "settings", "scenario-schema", "world-schema"])
    docs.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one page."""
    if options.page.endswith("-schema"):
        print(_schema(options.page), end="")
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
