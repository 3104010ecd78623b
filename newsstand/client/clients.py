"""The two clients, for plain and for asynchronous code. They send and wait; the rest is in the modules beside this one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Self, TypeVar, Unpack

import anyio
import httpx

from newsstand import __version__
from newsstand.answers import Answer
from newsstand.client.calls import (
    AnyDocument,
    Call,
    Wish,
    Wishes,
    batch_calls,
    error_of,
    feedback_call,
    label_call,
    labels_call,
    models_call,
    review_call,
    value_of,
)
from newsstand.client.reading import Doubtful, Receipt, ServedLabels, ServedRuns
from newsstand.client.retries import Outcome, Retries, retry_after
from newsstand.documents import Document
from newsstand.errors import ServiceFailed, ServiceUnreachable, SettingError

DEFAULT_TIMEOUT = 30.0
CONNECT_TIMEOUT = 5.0

T = TypeVar("T")


class Client:
    """A service to ask, from plain code. Safe to use from several threads at once.

    Parameters
    ----------
    url : str
        Where the service is, such as ``"http://127.0.0.1:8000"``; may have a path.
    key : str, optional
        Sent as a bearer token, for services that ask for one.
    timeout : float
        Seconds to wait for an answer; connecting may take at most five of them.
    retries : Retries, optional
    transport : httpx.BaseTransport, optional
        What carries the requests, for tests and for proxies.

    Raises
    ------
    SettingError
        If the address is none.

    Examples
    --------
    >>> with Client("http://127.0.0.1:8000") as client:  # doctest: +SKIP
    ...     answer = client.label("The Senate voted on Tuesday to cut the tax on tips.")
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        retries: Retries | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx.Client(**_options(url, key, timeout), transport=transport)

    def label(self, document: AnyDocument, **wishes: Unpack[Wishes]) -> Answer:
        """Label one document.

        Parameters
        ----------
        document : str, Document or mapping
            A text, a document, or the JSON object of one. Gold labels in it are not sent.
        **wishes
            ``targets``, ``stance`` and ``explain``, as :class:`newsstand.client.calls.Wish` has them.

        Raises
        ------
        InputError
            If it is no document.
        ServiceError
        """
        return self._ask(label_call(document, Wish(**wishes)))

    def label_batch(self, documents: Iterable[AnyDocument], **wishes: Unpack[Wishes]) -> list[Answer]:
        """Label any number of documents, in as few requests as the limits of a service allow; in their order.

        Raises
        ------
        InputError, ServiceError
            The place of a document that cannot be used is its position among all of them.
        """
        calls = batch_calls(documents, Wish(**wishes))
        return [answer for call in calls for answer in self._ask(call)]

    def labels(self) -> ServedLabels:
        """What the run in use can answer.

        Raises
        ------
        ServiceError
        """
        return self._ask(labels_call())

    def models(self) -> ServedRuns:
        """The runs of the service, and the champion.

        Raises
        ------
        ServiceError
        """
        return self._ask(models_call())

    def feedback(
        self,
        document: Document | Mapping[str, Any],
        run: str,
        *,
        note: str = "",
        id: str | None = None,  # noqa: A002
    ) -> Receipt:
        """Say what the labels of a document should have been, where the service keeps corrections.

        Parameters
        ----------
        document : Document or mapping
            The document as it was labelled, with the right ``topics``, ``stances`` or ``leaning``; those that are ``None`` were
            not looked at.
        run : str
            The run that is corrected: ``run`` of its answer.
        note : str
            For people.
        id : str, optional
            Of the correction; without it, one is made from the content, and the same correction is kept once.

        Raises
        ------
        InputError, ServiceError
        """
        return self._ask(feedback_call(document, run, note, id))

    def review(self, limit: int = 20) -> list[Doubtful]:
        """The documents most worth a look, where the service keeps them; the most doubtful first.

        Raises
        ------
        ServiceError
        """
        return self._ask(review_call(limit))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        self._http.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._http.__exit__(*error)

    def _ask(self, call: Call[T]) -> T:
        attempt = 0
        while True:
            attempt += 1
            outcome: Outcome
            try:
                outcome = self._http.request(**call.options())
            except httpx.RequestError as error:
                outcome = error
            seconds = self._retries.wait(outcome, attempt)
            if seconds is None:
                return _value(call, outcome)
            time.sleep(seconds)


class AsyncClient:
    """A service to ask, from asynchronous code. Parameters and methods are those of :class:`Client`.

    Examples
    --------
    >>> async with AsyncClient("http://127.0.0.1:8000") as client:  # doctest: +SKIP
    ...     answer = await client.label("The Senate voted on Tuesday to cut the tax on tips.")
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx.AsyncClient(**_options(url, key, timeout), transport=transport)

    async def label(self, document: AnyDocument, **wishes: Unpack[Wishes]) -> Answer:
        """Label one document; see :meth:`Client.label`."""
        return await self._ask(label_call(document, Wish(**wishes)))

    async def label_batch(self, documents: Iterable[AnyDocument], **wishes: Unpack[Wishes]) -> list[Answer]:
        """Label any number of documents; see :meth:`Client.label_batch`."""
        return [answer for call in batch_calls(documents, Wish(**wishes)) for answer in await self._ask(call)]

    async def labels(self) -> ServedLabels:
        """What the run in use can answer; see :meth:`Client.labels`."""
        return await self._ask(labels_call())

    async def models(self) -> ServedRuns:
        """The runs of the service, and the champion; see :meth:`Client.models`."""
        return await self._ask(models_call())

    async def feedback(
        self,
        document: Document | Mapping[str, Any],
        run: str,
        *,
        note: str = "",
        id: str | None = None,  # noqa: A002
    ) -> Receipt:
        """Say what the labels of a document should have been; see :meth:`Client.feedback`."""
        return await self._ask(feedback_call(document, run, note, id))

    async def review(self, limit: int = 20) -> list[Doubtful]:
        """The documents most worth a look; see :meth:`Client.review`."""
        return await self._ask(review_call(limit))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def _ask(self, call: Call[T]) -> T:
        attempt = 0
        while True:
            attempt += 1
            outcome: Outcome
            try:
                outcome = await self._http.request(**call.options())
            except httpx.RequestError as error:
                outcome = error
            seconds = self._retries.wait(outcome, attempt)
            if seconds is None:
                return _value(call, outcome)
            await anyio.sleep(seconds)


def _options(url: str, key: str | None, timeout: float) -> dict[str, Any]:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise SettingError(f"{url!r} is no address of a service: give one such as http://127.0.0.1:8000") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise SettingError(f"{url!r} is no address of a service: give one such as http://127.0.0.1:8000")
    if key is not None and not (key.isascii() and key.isprintable() and key):
        raise SettingError("the key holds characters that no header may have: is there a line break at its end?")
    headers = {"User-Agent": f"newsstand/{__version__}", "Accept": "application/json"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    return {
        "base_url": address,
        "headers": headers,
        "timeout": httpx.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT)),
    }


def _value(call: Call[T], outcome: Outcome) -> T:
    """What a last attempt came to.

    Raises
    ------
    ServiceError
    """
    if isinstance(outcome, httpx.RequestError):
        where = outcome.request.url.copy_with(query=None)
        reason = str(outcome) or type(outcome).__name__
        if isinstance(outcome, httpx.DecodingError):
            raise ServiceFailed(f"the answer of {where} cannot be decoded: {reason}") from outcome
        if isinstance(outcome, httpx.TimeoutException):
            raise ServiceUnreachable(f"{where} did not answer in time ({type(outcome).__name__})") from outcome
        raise ServiceUnreachable(f"{where} cannot be reached: {reason}") from outcome
    if outcome.status_code != httpx.codes.OK:
        raise error_of(call, outcome, retry_after(outcome))
    return value_of(call, outcome)
