"""The manual's state diagram is the table's."""

from pathlib import Path

import pytest

from ivrsvr.calls.diagram import BEGIN, END, diagram, inserted, main
from ivrsvr.calls.moves import MOVES

PAGE = Path(__file__).parent.parent.parent / "docs" / "call-model.md"


def test_the_manual_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == inserted(page), f"run: python -m ivrsvr.calls.diagram {PAGE.relative_to(PAGE.parent.parent)}"


def test_every_move_is_drawn_once() -> None:
    triggers = [word for line in diagram().splitlines()[1:] for word in line.partition(": ")[2].split(", ")]
    assert len(triggers) == len(MOVES)


def test_writing_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    main(str(page))
    main(str(page))
    assert page.read_text() == f"before\n{BEGIN}\n```mermaid\n{diagram()}\n```\n{END}\nafter\n"


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for the diagram"):
        inserted("nothing")
