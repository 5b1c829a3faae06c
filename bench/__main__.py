"""All benchmarks, or those named: `python -m bench [NAME...]`.

Prints one JSON object. Exit codes: 0 done, 1 a goal was missed, 2 no such benchmark.
"""

import importlib
import json
import sys

NAMES = (
    "calls",
    "rest",
    "fanout",
    "startup",
    "wire",
    "wirepath",
    "monitors",
    "streams",
    "wirerest",
    "pages",
    "shift",
    "growth",
    "acdrate",
    "secured",
    "journal",
    "resume",
    "failover",
    "stuck",
    "memory",
    "sizing",
    "idempotency",
    "userdata",
)


def main(names: list[str]) -> int:
    """Run the benchmarks, each in turn, with the machine to itself."""
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    figures = {name: importlib.import_module(f"bench.{name}").measure() for name in names or NAMES}
    print(json.dumps(figures, indent=2))
    return 0 if all(found["met"] for found in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
