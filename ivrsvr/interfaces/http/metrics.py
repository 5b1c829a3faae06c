"""`/metrics`: what the server counts, as Prometheus reads it."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from ivrsvr import __version__
from ivrsvr.interfaces.administration.site import Site
from ivrsvr.service.meters import BUCKETS_S, Histogram

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


class Metrics(Collector):
    """The metrics of a site, read when somebody asks."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        """All of them, in Prometheus's text form."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Nothing beforehand: names are only known once there is a site."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every family, in a fixed order."""
        yield from self._counted()
        yield from self._present()
        yield from self._links()

    def _counted(self) -> Iterator[Metric]:
        meters = self._site.service.meters
        requests = CounterMetricFamily(
            "ivrsvr_requests",
            "Requests that were answered, those of administrators among them.",
            labels=("request", "result"),
        )
        for labels, count in sorted(meters.requests.items()):
            requests.add_metric(labels, count)
        yield requests
        yield _durations(
            "ivrsvr_request_seconds", "Time from parsing a request to its response.", "request", meters.handled
        )
        services = CounterMetricFamily(
            "ivrsvr_switch_requests", "Requests to the switch, by what came of them.", labels=("service", "outcome")
        )
        for labels, count in sorted(meters.services.items()):
            services.add_metric(labels, count)
        yield services
        yield _durations("ivrsvr_switch_seconds", "Time from asking the switch to its answer.", "service", meters.asked)
        events = CounterMetricFamily(
            "ivrsvr_events", "Events that were told, however many clients got each.", labels=("eventtype",)
        )
        for eventtype, count in sorted(meters.events.items()):
            events.add_metric((eventtype,), count)
        yield events
        lookups = CounterMetricFamily(
            "ivrsvr_userdata_lookups", "Look-ups of user data for events and requests.", labels=("where", "outcome")
        )
        for labels, count in sorted(meters.lookups.items()):
            lookups.add_metric(labels, count)
        yield lookups
        held = sum(meters.held.counts)
        yield CounterMetricFamily("ivrsvr_events_held", "Events that waited for user data.", value=held)
        yield CounterMetricFamily(
            "ivrsvr_events_held_seconds", "Time for which events waited for user data.", value=meters.held.total_s
        )
        yield CounterMetricFamily(
            "ivrsvr_switch_messages",
            "Messages between server and switch: requests, confirmations and events.",
            value=meters.messages.total,
        )

    def _present(self) -> Iterator[Metric]:
        site, service = self._site, self._site.service
        ready = GaugeMetricFamily(
            "ivrsvr_ready", "1 = requests can be served; 0 = not, and the label says why.", labels=("reason",)
        )
        ready.add_metric((service.unready,), 0 if service.unready else 1)
        yield ready
        version = GaugeMetricFamily("ivrsvr_build_info", "The version that runs.", labels=("version",))
        version.add_metric((__version__,), 1)
        yield version
        failing = GaugeMetricFamily(
            "ivrsvr_store_failing",
            "1 = a store cannot be written at present: the journal of events, idempotency keys, how far webhooks are.",
            labels=("store",),
        )
        for name, why in (
            ("journal", service.journal.failing),
            ("keys", service.keys.store.failing if service.keys is not None else ""),
            ("webhooks", site.webhooks.failing),
        ):
            failing.add_metric((name,), int(bool(why)))
        yield failing
        gauges: Mapping[str, tuple[str, float]] = {
            "ivrsvr_link_up": ("1 = the switch can be asked.", int(service.up)),
            "ivrsvr_calls": ("Calls that are known now.", len(service.model.calls)),
            "ivrsvr_monitors": ("Devices that are to be monitored.", len(service.monitors)),
            "ivrsvr_monitors_running": ("Devices that the switch reports on now.", service.monitors.running),
            "ivrsvr_extensions": (
                "Extensions that are monitored for as long as the server runs.",
                len(site.configuration.extensions),
            ),
            "ivrsvr_clients": ("WebSocket connections that are open.", len(site.hub.connections)),
            "ivrsvr_waiting_messages": ("Messages that wait for slow clients.", service.messages_waiting),
            "ivrsvr_journal_waiting": ("Events that wait to be written.", service.journal.unwritten),
            "ivrsvr_requests_under_way": ("Extensions with a request under way.", service.turns_taken),
            "ivrsvr_switch_messages_per_second": (
                "Messages a second between server and switch, in the last ten seconds.",
                service.meters.messages.per_second(),
            ),
            "ivrsvr_switch_messages_limit": (
                "Messages a second that the AES takes (tsapi_messages).",
                float(site.settings()["tsapi_messages"].text),
            ),
            "ivrsvr_loop_lag_seconds": ("How late the event loop was last.", service.meters.lag_s),
            "ivrsvr_loop_lag_most_seconds": (
                "How late the event loop was at the worst of the last minute.",
                service.meters.lag_most_s,
            ),
            "ivrsvr_backup_timestamp_seconds": (
                "When the newest copy of the database was made; 0 = there is none.",
                0.0 if site.copies is None else site.copies.newest(),
            ),
            "ivrsvr_uptime_seconds": ("Time since the start.", site.clock.now() - site.started),
        }
        for name, (help_, value) in gauges.items():
            yield GaugeMetricFamily(name, help_, value=value)
        yield from self._connections()

    def _connections(self) -> Iterator[Metric]:
        """How many there are of each kind that is limited."""
        labels = ("parameter",)
        now = GaugeMetricFamily("ivrsvr_connections", "Open connections that the parameter limits.", labels=labels)
        most = GaugeMetricFamily("ivrsvr_connections_limit", "How many there may be of those.", labels=labels)
        for parameter, keeper in self._site.keepers.items():
            now.add_metric((parameter,), keeper.open)
            most.add_metric((parameter,), keeper.most)
        yield from (now, most)

    def _links(self) -> Iterator[Metric]:
        links = GaugeMetricFamily("ivrsvr_tlink_active", "1 = this TLINK is in use.", labels=("tlink",))
        for row in self._site.tlinks():
            links.add_metric((str(row["tlink"]),), int(row["state"] == "up"))
        yield links


def _durations(name: str, help_: str, label: str, histograms: Mapping[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(name, help_, labels=(label,))
    for key, histogram in sorted(histograms.items()):
        reached, buckets = 0, []
        for end, count in zip((*map(str, BUCKETS_S), "+Inf"), histogram.counts, strict=True):
            reached += count
            buckets.append((end, reached))
        family.add_metric((key,), buckets, sum_value=histogram.total_s)
    return family
