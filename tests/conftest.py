"""What the tests share: options of the runners."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a runner carry out another file than the copy that lies beside it."""
    parser.addoption(
        "--flows", metavar="FILE", default="", help="run this flows file instead of the project's own copy"
    )
