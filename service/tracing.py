"""A span of OpenTelemetry for every request, where that is wanted. Never a text, a title, a query or an address.

Needs the extra 'otel'. Where spans go is said by OpenTelemetry's own variables, such as ``OTEL_EXPORTER_OTLP_ENDPOINT``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsstand import __version__
from newsstand.errors import SettingError
from service.gate import CLIENT_GONE, RUN, route_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_FAILED = 500
_LEFT_OUT = ("/health/", "/metrics")
_REQUEST_ID = b"x-request-id"


def new_provider() -> TracerProvider:
    """Sends spans as OTLP over HTTP, in batches and off the way of requests.

    Raises
    ------
    SettingError
        If the extra 'otel' is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingError(
            "NEWSSTAND_TRACES=true: this needs the extra 'otel', pip install 'newsstand[otel]'"
        ) from error
    resource = Resource.create({"service.version": __version__})
    if str(resource.attributes.get("service.name", "unknown")).startswith("unknown"):
        resource = resource.merge(Resource({"service.name": "newsstand"}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Tracing:
    """The layer around the gate that makes the spans; those that probe or scrape the service get none.

    Parameters
    ----------
    app : ASGI application
    provider : TracerProvider
    lanes : collection of str
        Paths that have no route of Starlette (see :mod:`service.gate`).
    """

    def __init__(self, app: ASGIApp, provider: TracerProvider, lanes: Collection[str]) -> None:
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind, Status, StatusCode

        self._app = app
        self._tracer = provider.get_tracer("newsstand", __version__)
        self._lanes = lanes
        self._extract, self._kind = extract, SpanKind.SERVER
        self._failed = Status(StatusCode.ERROR)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, in a span."""
        if scope["type"] != "http" or scope["path"].startswith(_LEFT_OUT):
            await self._app(scope, receive, send)
            return
        seen: dict[str, Any] = {"http.request.method": scope["method"]}
        status = CLIENT_GONE

        async def send_noticed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                ids = [value.decode("latin-1") for name, value in message["headers"] if name == _REQUEST_ID]
                seen["newsstand.request_id"] = ids[-1] if ids else ""
            await send(message)

        names = ("traceparent", "tracestate")
        carrier = {n.decode(): v.decode("latin-1") for n, v in scope["headers"] if n.decode("latin-1") in names}
        with self._tracer.start_as_current_span(scope["method"], self._extract(carrier), self._kind) as span:
            await self._app(scope, receive, send_noticed)
            route = scope["path"] if scope["path"] in self._lanes else route_of(scope)
            seen |= {"http.route": route, "http.response.status_code": status}
            if RUN in scope:
                seen["newsstand.run"] = scope[RUN]
            span.update_name(f"{scope['method']} {route}")
            span.set_attributes(seen)
            if status >= _FAILED:
                span.set_status(self._failed)
