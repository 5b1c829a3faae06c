"""The log on standard error, as text for people or as JSON for collectors."""

import json
import logging
import sys
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def set_up(form: str, level: str) -> None:
    """form: "text" or "json". level: least weight of what is logged."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # What clients send wrong is told to them; the ASGI server's own remarks on it are noise.
    logging.getLogger("uvicorn").setLevel("ERROR")
    logging.getLogger("telnetlib3").setLevel("WARNING")
    logging.getLogger("transitions").setLevel("WARNING")  # two lines for every move of a connection
