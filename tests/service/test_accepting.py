"""A worker that is busy lets new clients in all the same."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from typing import Any

import pytest

from service import accepting
from service.accepting import Acceptor, WorkerLoop


class Greeting(asyncio.Protocol):
    """Greets, after keeping the loop busy for as long as labelling takes."""

    def connection_made(self, transport: Any) -> None:
        time.sleep(0.002)
        transport.write(b"hello")
        transport.close()


async def greeted(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await reader.read()
    finally:
        writer.close()


def run(work: Any) -> Any:
    with asyncio.Runner(loop_factory=WorkerLoop) as runner:
        return runner.run(work)


def test_all_who_wait_are_let_in_and_nobody_after_the_end() -> None:
    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
            port = listener.getsockname()[1]
            server = await asyncio.get_running_loop().create_server(Greeting, sock=listener)
            assert isinstance(server, Acceptor)
            assert server.is_serving()
            assert await asyncio.gather(*[greeted(port) for _ in range(200)]) == [b"hello"] * 200
            server.close()
            server.close()
            await server.wait_closed()
            assert not server.is_serving()
        with pytest.raises(OSError):
            await greeted(port)

    run(work())


def test_a_process_without_file_descriptors_waits_for_some(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Exhausted:
        """A listener whose first connections cannot be taken."""

        failures = 2

        def __init__(self, listener: socket.socket) -> None:
            self.listener = listener

        def accept(self) -> Any:
            if self.failures:
                self.failures -= 1
                raise OSError(errno.EMFILE, "too many open files")
            return self.listener.accept()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.listener, name)

    monkeypatch.setattr(accepting, "PAUSE_SECONDS", 0.01)

    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = Acceptor(asyncio.get_running_loop(), Greeting, Exhausted(listener))  # type: ignore[arg-type]
            assert await greeted(listener.getsockname()[1]) == b"hello"
            server.close()

    run(work())
    assert "no more connections can be taken" in caplog.text


def test_without_a_socket_it_listens_as_any_other_loop_does() -> None:
    async def work() -> None:
        server = await asyncio.get_running_loop().create_server(Greeting, "127.0.0.1", 0)
        assert await greeted(server.sockets[0].getsockname()[1]) == b"hello"
        server.close()
        await server.wait_closed()

    run(work())
