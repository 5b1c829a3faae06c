"""How the switch of a server is set up."""

import pytest

from ivrsvr.assembly.settings import ConfigurationError
from ivrsvr.assembly.switch import heartbeat


@pytest.mark.parametrize(("seconds", "asked"), [(0.0, None), (5.0, 5), (20.0, 20), (60.0, 60)])
def test_intervals_of_heartbeats_that_an_aes_takes(seconds: float, asked: int | None) -> None:
    assert heartbeat(seconds) == asked


@pytest.mark.parametrize("seconds", [0.5, 1.0, 4.9])
def test_one_that_an_aes_refuses_is_a_mistake_in_the_configuration(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match=r"tsapi_heartbeat: .* 5 to 60"):
        heartbeat(seconds)
