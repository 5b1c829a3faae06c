"""The state diagram of the manual, drawn from the table of moves: `python -m ivrsvr.calls.diagram docs/call-model.md`.

It writes the Mermaid source between the two marker lines of that file.
"""

import sys
from pathlib import Path

from ivrsvr.calls.moves import MOVES, STATES
from ivrsvr.csta.enums import LocalConnectionState as State

BEGIN = "<!-- state diagram: made by python -m ivrsvr.calls.diagram -->"
END = "<!-- end of state diagram -->"


def _name(state: State) -> str:
    return "[*]" if state is State.CS_NULL else state.name.removeprefix("CS_").capitalize()


def diagram() -> str:
    """Mermaid source: CS_NULL is where a connection comes from and goes to; triggers of one arrow share it."""
    lines = ["stateDiagram-v2"]
    for source in STATES:
        for dest in STATES:
            triggers = [trigger.value for trigger, begin, end in MOVES if (begin, end) == (source, dest)]
            if triggers:
                lines.append(f"    {_name(source)} --> {_name(dest)}: {', '.join(triggers)}")
    return "\n".join(lines)


def inserted(page: str) -> str:
    """The page with the present diagram between its markers.

    Raises ValueError when a marker is missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no place for the diagram: it needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n```mermaid\n{diagram()}\n```\n{END}{after}"


def main(path: str) -> None:
    """Bring the page at that path up to date."""
    page = Path(path)
    page.write_text(inserted(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
