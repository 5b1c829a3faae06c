"""Nothing is left out on one backend that runs on the other: what a test run collects, counted."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = json.loads((Path(__file__).parent / "data" / "flows.json").read_text(encoding="utf-8"))["scenarios"]
FEATURES = sorted((ROOT / "features").rglob("*.feature"))


def collected() -> list[str]:
    """The ids of every flow and every scenario of the features, as `make test` collects them."""
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
            "--collect-only",
            "-p",
            "no:cacheprovider",
            "tests/conformance/test_flows.py",
            "features/test_features.py",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in told.stdout.splitlines() if "::" in line]


def test_every_flow_and_every_feature_runs_on_both() -> None:
    ids = collected()

    def flows(way: str) -> set[str]:
        found = re.compile(rf"tests/conformance/test_flows.py::test_flow\[(\S+?)\[{way}\]\]$")
        return {match[1] for one in ids if (match := found.match(one))}

    assert len(REFERENCE) == 190
    assert flows("process") == flows("wire") >= {one["id"] for one in REFERENCE}
    assert flows("json") == flows("json-wire") != set()

    scenarios = [one for one in ids if one.startswith("features/")]
    near = [one for one in scenarios if "[simulator" in one]
    far = [one for one in scenarios if "[tsapi" in one]
    assert len(near) + len(far) == len(scenarios)
    assert [one.replace("[simulator", "[tsapi") for one in near] == far
    outlines = sum(len(re.findall(r"^\s*Scenario", one.read_text(), re.MULTILINE)) for one in FEATURES)
    assert len({one.partition("[")[0] for one in near}) == outlines
