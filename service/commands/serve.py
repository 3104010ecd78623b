"""Serve the champion over HTTP, and follow it when it changes.

Settings come from the environment (NEWSSTAND_PORT and so on); options given here go first. Ctrl-C or SIGTERM stops the
service after it has answered the requests that it has begun.
"""

from __future__ import annotations

import argparse
import errno
import logging
import logging.config
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import uvicorn

from newsstand.errors import InputError, NewsstandError, SettingError
from newsstand.registry import Registry
from service.drift import gather
from service.keeping import open_store
from service.keyring import Keyring
from service.keys import KeyFile
from service.logs import log_configuration
from service.loopback import resolves_to_loopback
from service.metrics import AUTO, SUFFIX
from service.protocol import CountedProtocol
from service.rates import OFF
from service.settings import Settings, read_settings
from service.supervision import Workers
from service.tracing import new_provider

_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on
_EXAMPLE = "The Senate voted on Tuesday to cut the tax on tips for restaurant workers."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 8000; 0 picks a free one)")
    parser.add_argument("--workers", type=int, metavar="N", help="worker processes (default: 1)")
    parser.add_argument("--models", type=Path, metavar="DIR", help="directory of the runs (default: models)")
    remote = "listen on an address that other machines reach although there are no API keys"
    parser.add_argument("--allow-remote", action="store_true", help=remote)


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped.

    Raises
    ------
    SettingError
        If a setting makes no sense, the address is not this machine's own, or the port is taken.
    """
    settings = read_settings(
        host=arguments.host, port=arguments.port, workers=arguments.workers, models=_absolute(arguments.models)
    )
    keys = Keyring(KeyFile(settings.keys))
    if not keys.required and not arguments.allow_remote and not resolves_to_loopback(settings.host):
        raise SettingError(
            f"{settings.host} can be reached from other machines, and there are no API keys: make one with "
            "'newsstand keys create NAME --scope label', or add --allow-remote if you trust everybody who can reach it"
        )
    _check(settings)
    form = _log_format(settings)
    with listen(settings) as listener, _folders(settings) as folders:
        settings = settings.model_copy(update={**folders, "log_format": form})
        _announce(settings, listener, with_key=keys.required)
        _serve(settings, listener)
    return 0


def _check(settings: Settings) -> None:
    """Find out here what workers would otherwise end with, again and again, and make the file of the store.

    Raises
    ------
    SettingError
    """
    store = open_store(settings)
    if store:
        with suppress(OSError):  # it may come later: the first correction tells
            store.make_file()
        store.close()
    if settings.traces:
        new_provider().shutdown()


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the address, so that a taken port shows before any worker starts.

    Raises
    ------
    SettingError
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingError(f"cannot listen on {settings.host}: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)  # another service that listens here would show only now
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingError(
                f"port {settings.port} on {settings.host} is in use: choose another with --port, or free it"
            ) from error
        raise SettingError(f"cannot listen on {settings.host}, port {settings.port}: {error.strerror}") from error
    listener.set_inheritable(True)
    return listener


def _serve(settings: Settings, listener: socket.socket) -> None:
    os.environ.update(settings.environment())  # workers are fresh processes and read their settings there
    config = uvicorn.Config(
        "service.app:worker_app",
        factory=True,
        workers=settings.workers,
        loop="auto" if sys.platform == "win32" else "service.accepting:WorkerLoop",
        http=CountedProtocol,
        ws="none",
        lifespan="on",
        log_config=log_configuration(settings.log_level, settings.log_format),
        log_level=settings.log_level,
        access_log=False,  # the gate writes a better line, where it is wanted
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    signal.signal(signal.SIGTERM, _stop)
    try:
        if settings.workers == 1:
            uvicorn.Server(config).run([listener])
        else:
            Workers(config, [listener]).run()
    except KeyboardInterrupt:
        return  # uvicorn has stopped in good order, and raises the signal anew


@contextmanager
def _folders(settings: Settings) -> Iterator[dict[str, str]]:
    """The folders of the workers, as settings; those that nobody has set are temporary and end with the service."""
    several = settings.workers > 1
    with (
        _folder(settings, "metrics_folder", wanted=several) as metrics,
        _folder(settings, "drift_folder", wanted=several) as drift,
        _folder(settings, "copies_folder", wanted=True) as copies,
    ):
        _prepare(metrics, drift)
        yield {"metrics_folder": metrics, "drift_folder": drift, "copies_folder": copies}


@contextmanager
def _folder(settings: Settings, name: str, *, wanted: bool) -> Iterator[str]:
    setting = getattr(settings, name)
    if setting == OFF or (setting == AUTO and not wanted):
        yield setting
    elif setting == AUTO:
        prefix = f"newsstand-{name.removesuffix('_folder')}-"
        with TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as made:
            yield made
    else:
        folder = Path(setting).absolute()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingError(f"NEWSSTAND_{name.upper()}={folder}: {error.strerror}") from error
        yield str(folder)


def _prepare(metrics: str, drift: str) -> None:
    """Clear what former workers have counted for the metrics, and gather what they have counted by day."""
    try:
        for old in Path(metrics).glob(f"*{SUFFIX}") if metrics not in (AUTO, OFF) else ():
            old.unlink()
    except OSError as error:
        raise SettingError(f"NEWSSTAND_METRICS_FOLDER={metrics}: {error.strerror}") from error
    try:
        if drift not in (AUTO, OFF):
            gather(Path(drift))
    except (OSError, InputError) as error:
        raise SettingError(f"NEWSSTAND_DRIFT_FOLDER={drift}: {error}") from error


def _log_format(settings: Settings) -> str:
    """Text on a terminal, JSON elsewhere, unless one is set: workers have no terminal to ask."""
    if settings.log_format != "auto":
        return settings.log_format
    return "text" if sys.stderr.isatty() else "json"


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _announce(settings: Settings, listener: socket.socket, *, with_key: bool) -> None:
    address = listener.getsockname()
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    url = f"http://{host}:{address[1]}"
    near = f"http://127.0.0.1:{address[1]}" if address[0] in _EVERY_ADDRESS else url
    key = '-H "Authorization: Bearer $KEY" ' if with_key else ""
    workers = "1 worker" if settings.workers == 1 else f"{settings.workers} workers"
    lines = [
        _run_in_use(settings),
        f"Listening on {url} with {workers}; the reference is at {near}/docs; Ctrl-C stops.",
        f"Try: curl {key}-H 'Content-Type: text/plain' --data '{_EXAMPLE}' {near}/v1/label",
    ]
    logging.config.dictConfig(log_configuration("info", settings.log_format))
    for line in lines:
        if settings.log_format == "json":
            logging.getLogger("service").info(line)
        else:
            print(line, file=sys.stderr, flush=True)


def _run_in_use(settings: Settings) -> str:
    try:
        champion = Registry(settings.models).champion()
    except NewsstandError as error:
        return f"No run to label with yet: {error}"
    if champion is None:
        return (
            f"No run to label with yet: {settings.models} has no champion. "
            "Promote one with 'newsstand promote RUN', and it is picked up."
        )
    return f"Labelling with the champion of {settings.models}: {champion}"


def _absolute(path: Path | None) -> Path | None:
    return path.absolute() if path else None
