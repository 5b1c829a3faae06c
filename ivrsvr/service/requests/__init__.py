"""The named requests of this server."""

from ivrsvr.service.requests import agents, calls, history, joining, monitors, queries, station, userdata

ENTRIES = (
    *calls.ENTRIES,
    *joining.ENTRIES,
    *agents.ENTRIES,
    *monitors.ENTRIES,
    *userdata.ENTRIES,
    *queries.ENTRIES,
    *station.ENTRIES,
    *history.ENTRIES,
)
"""Every request, not yet bound to a service: enough for documentation."""
