"""Asks a running Newsstand service from Python. Not for labelling in this process (see :mod:`newsstand.tagger`)."""

try:
    import httpx as _httpx  # noqa: F401
except ImportError as error:
    raise ImportError("newsstand.client needs httpx: install Newsstand with its extra 'client'") from error

from newsstand.client.clients import AsyncClient, Client
from newsstand.client.reading import Doubtful, Model, Receipt, ServedLabels, ServedRun, ServedRuns
from newsstand.client.retries import Retries

__all__ = [
    "AsyncClient",
    "Client",
    "Doubtful",
    "Model",
    "Receipt",
    "Retries",
    "ServedLabels",
    "ServedRun",
    "ServedRuns",
]
