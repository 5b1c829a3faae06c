"""What the tests share: options of the runners."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "project",
    deadline=None,
    print_blob=True,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")
"""How fast this machine is says nothing about the code; a failure prints what replays it. Where a change is judged the
examples are always the same; elsewhere each run has others, and `make nightly` has many.
"""

gc.disable()
"""While tests are collected, nearly everything stays."""


def pytest_collection_finish() -> None:
    """Leave out of every look for garbage what was imported and collected: most of the heap, and there for good."""
    gc.freeze()
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a runner carry out another file than the copy that lies beside it."""
    parser.addoption(
        "--flows", metavar="FILE", default="", help="run this flows file instead of the project's own copy"
    )
