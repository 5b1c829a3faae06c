"""Spans for OpenTelemetry, where a site has asked for them and the extra `otel` is installed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from typing import Any

from ivrsvr import __version__
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.service.spans import NoSpans, Span, Spans


async def open_spans(settings: Settings, stack: AsyncExitStack) -> Spans:
    """Where spans go: to the collector of `otel_endpoint`; nowhere when that is empty.

    Raises ConfigurationError when OpenTelemetry is not installed.
    """
    if not settings.otel_endpoint:
        return NoSpans()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigurationError(
            "otel_endpoint is set and OpenTelemetry is not installed: pip install 'ivrsvr[otel]'"
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "ivrsvr", "service.version": __version__}))
    endpoint = f"{settings.otel_endpoint.rstrip('/')}/v1/traces"
    # It exports from a thread of its own, and drops spans when too many wait: the server never waits for it.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))
    stack.callback(provider.shutdown)
    return Telemetry(provider)


class Telemetry:
    """Spans of an OpenTelemetry provider."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = provider.get_tracer("ivrsvr", __version__)
        self._kinds = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT}
        self._contexts = TraceContextTextMapPropagator()

    def begin(self, name: str, kind: str, keys: dict[str, str], parent: str = "") -> AbstractContextManager[Span]:
        """A span for the length of the body."""
        context = self._contexts.extract({"traceparent": parent}) if parent else None
        return self._span(name, kind, keys, context)

    @contextmanager
    def _span(self, name: str, kind: str, keys: dict[str, str], context: Any) -> Iterator[Span]:
        attributes = {f"ivrsvr.{key}": value for key, value in keys.items()}
        with self._tracer.start_as_current_span(name, context, self._kinds[kind], attributes) as span:
            yield _Told(span)


class _Told:
    def __init__(self, span: Any) -> None:
        self._span = span

    def tell(self, key: str, value: str) -> None:
        self._span.set_attribute(f"ivrsvr.{key}", value)
