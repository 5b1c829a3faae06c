"""The manual's drills are these tests, and all of them."""

import re
from pathlib import Path

HERE = Path(__file__).parent
NOT_DRILLS = re.compile(r"test_files_for_|test_the_manual|test_intervals")


def test_the_manual_names_every_drill_and_no_other() -> None:
    named = set(re.findall(r"`(test_\w+)`", (HERE.parents[1] / "docs/drills.md").read_text()))
    files = [path for path in HERE.glob("test_*.py") if path.name != Path(__file__).name]
    there = {name for path in files for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)}
    assert named == {name for name in there if not NOT_DRILLS.match(name)}
