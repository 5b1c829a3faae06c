"""The page on security: every row of its sheet names a test that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = re.findall(r"^\| ([\d., to]+) \| [^|]+ \| `([^`]+)` \|$", (ROOT / "docs/security.md").read_text(), re.MULTILINE)


def test_the_sheet_has_its_rows() -> None:
    assert len(ROWS) > 40


@pytest.mark.parametrize(("requirement", "test"), ROWS)
def test_every_named_test_is_there(requirement: str, test: str) -> None:
    path, _, name = test.partition("::")
    assert (ROOT / path).is_file(), requirement
    assert name.startswith("test_"), f"{requirement} names a file, and no test in it"
    assert f"def {name}(" in (ROOT / path).read_text(), requirement
