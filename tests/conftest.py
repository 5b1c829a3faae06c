"""What the tests share: options of the runners."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("project", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")
"""How fast this machine is says nothing about the code; a failure prints what replays it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a runner carry out another file than the copy that lies beside it."""
    parser.addoption(
        "--flows", metavar="FILE", default="", help="run this flows file instead of the project's own copy"
    )
