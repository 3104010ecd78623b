"""``newsstand serve``: a real server on a real port."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsstand.artifact import Run, load, save
from newsstand.errors import SettingError
from newsstand.registry import Registry
from newsstand.stance.encoder import EncoderScorer
from newsstand.stance.head import StanceHead
from service.commands import serve
from service.keys import KeyFile

ROOT = Path(__file__).parents[2]
COMMAND = """import sys
from newsstand.__main__ import run_command
sys.exit(run_command("serve", "service.commands.serve", sys.argv[1:]))
"""


@contextmanager
def serving(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], int, list[str]]]:
    """The command in a group of processes of its own, none of which is left: the process, its port, and what it has said so far."""
    command = [sys.executable, "-c", COMMAND, "--port", "0", *options]
    pipe, environment = subprocess.PIPE, os.environ | environment
    said: list[str] = []
    begun = threading.Event()

    def listen(lines: Iterable[str]) -> None:
        for line in lines:
            said.append(line)
            if "/v1/label" in line:
                begun.set()
        begun.set()

    with subprocess.Popen(
        command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, env=environment, start_new_session=True
    ) as process:
        assert process.stderr
        listener = threading.Thread(target=listen, args=(process.stderr,))
        listener.start()
        try:
            assert begun.wait(60), said
            [port] = re.findall(r"Listening on http://127\.0\.0\.1:(\d+) ", "".join(said))
            yield process, int(port), said
        finally:
            kill_all(process)
            listener.join(10)


def kill_all(process: subprocess.Popen[str]) -> None:
    """Kill a process and, where there are groups of processes, all that it has begun: workers hold its pipes."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def ask(port: int, method: str, path: str, body: bytes | None = None, kind: str = "text/plain") -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": kind} if body is not None else {})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def read(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_it_does_serves_and_ends_well_when_stopped(registry: Registry, article: str, ending: int) -> None:
    with serving("--models", str(registry.path)) as (process, port, said):
        status, answer = ask(port, "POST", "/v1/label", article.encode())
        assert (status, answer["model"]["run"]) == (200, "first")
        process.send_signal(ending)
        assert process.wait(10) == 0
        assert process.stdout
        assert process.stdout.read() == ""
    text = "".join(said)
    assert "first" in text
    assert "curl -H 'Content-Type: text/plain' --data '" in text
    assert "Traceback" not in text


def test_several_workers_serve_and_each_notices_a_promotion(registry: Registry, article: str) -> None:
    with serving("--workers", "2", "--models", str(registry.path), NEWSSTAND_POLL_SECONDS="0.05") as (
        process,
        port,
        said,
    ):
        assert ask(port, "POST", "/v1/label", article.encode())[0] == 200
        assert ask(port, "POST", "/v1/models/second/promote")[0] == 200
        for _ in range(1000):
            runs = {ask(port, "POST", "/v1/label", article.encode())[1]["model"]["run"] for _ in range(20)}
            if runs == {"second"}:
                break
        assert runs == {"second"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert "Traceback" not in "".join(said)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def workers_of(pid: int) -> set[int]:
    """The workers of a service: children of the process that they are forked from."""
    [origin] = [child for child in children(pid) if b"forkserver" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return set(children(origin))


def private_share(pid: int) -> float:
    """How much of its memory a process shares with no other."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {name: int(size) for name, size, *_ in map(str.split, lines[1:])}
    return (sizes["Private_Clean:"] + sizes["Private_Dirty:"]) / sizes["Rss:"]


@pytest.mark.skipif(sys.platform != "linux", reason="only there are workers forked")
def test_workers_that_replace_others_share_memory_and_one_is_always_ready(registry: Registry) -> None:
    with serving("--workers", "2", "--models", str(registry.path)) as (process, port, said):
        assert ask(port, "GET", "/health/ready")[0] == 200
        before, after = workers_of(process.pid), set[int]()
        assert len(before) == 2
        process.send_signal(signal.SIGHUP)
        for _ in range(600):
            assert ask(port, "GET", "/health/ready")[0] == 200
            after = workers_of(process.pid)
            if len(after) == 2 and not after & before:
                break
            time.sleep(0.05)
        assert len(after) == 2 and not after & before, "".join(said)
        assert all(private_share(worker) < 0.5 for worker in after)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert "Traceback" not in "".join(said)


def test_workers_answer_with_the_encoder_that_was_loaded_before_they_were_forked(
    registry: Registry, small_run: Run, tiny_encoder: Path
) -> None:
    assert small_run.stance is not None
    accurate = StanceHead(EncoderScorer(tiny_encoder), threshold=0.5)
    stance = replace(small_run.stance, accurate=accurate)
    save(replace(small_run, name="encoded", stance=stance, golden=()), registry.path / "encoded")
    registry.promote("encoded")
    body = json.dumps({"text": "The town flies kites. Praise the kites, it said, and went home.", "targets": ["kites"]})
    with serving("--workers", "2", "--models", str(registry.path)) as (process, port, said):
        answers = [ask(port, "POST", "/v1/label", body.encode(), "application/json") for _ in range(20)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert {(status, answer["stances"][0]["stance"]) for status, answer in answers} == {(200, "favor")}
    assert "Traceback" not in "".join(said)


@pytest.mark.skipif(sys.platform != "linux", reason="only there are workers found so")
def test_workers_end_when_their_supervisor_is_killed(registry: Registry) -> None:
    with serving("--workers", "2", "--models", str(registry.path)) as (process, port, said):
        assert ask(port, "GET", "/health/ready")[0] == 200
        workers = workers_of(process.pid)
        process.kill()
        process.wait(10)
        for _ in range(200):
            if not any(Path(f"/proc/{worker}").exists() for worker in workers):
                break
            time.sleep(0.1)
        with pytest.raises(OSError, match="refused"):
            ask(port, "GET", "/health/live")
    assert "Traceback" not in "".join(said)


def test_no_request_is_dropped_or_mixed_while_the_champion_changes(registry: Registry, article: str) -> None:
    with serving("--models", str(registry.path)) as (_, port, said):
        fingerprints = {}
        for name in ("second", "first"):
            ask(port, "POST", f"/v1/models/{name}/promote")
            fingerprints[name] = ask(port, "POST", "/v1/label", article.encode())[1]["model"]["fingerprint"]
        seen: list[tuple[int, str, str]] = []
        done = threading.Event()

        def keep_asking(body: bytes) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            while not done.is_set():
                connection.request("POST", "/v1/label", body, {"Content-Type": "text/plain"})
                response = connection.getresponse()
                model = json.loads(response.read())["model"]
                seen.append((response.status, model["run"], model["fingerprint"]))
            connection.close()

        bodies = [article.encode(), (article * 500).encode()]
        threads = [threading.Thread(target=keep_asking, args=(bodies[n % 2],)) for n in range(4)]
        for thread in threads:
            thread.start()
        for n in range(20):
            status, change = ask(port, "POST", f"/v1/models/{('second', 'first')[n % 2]}/promote")
            assert status == 200, change
        done.set()
        for thread in threads:
            thread.join()
    assert set(seen) == {(200, name, fingerprint) for name, fingerprint in fingerprints.items()}
    assert "Traceback" not in "".join(said)


def test_two_workers_drop_and_mix_nothing_while_the_champion_goes_to_and_fro(registry: Registry, article: str) -> None:
    fingerprints = {name: load(registry.path / name).fingerprint for name in ("first", "second")}
    options = ("--workers", "2", "--models", str(registry.path))
    with serving(*options, NEWSSTAND_POLL_SECONDS="0.02") as (process, port, said):
        assert ask(port, "GET", "/health/ready")[0] == 200
        seen: list[tuple[int, frozenset[tuple[str, str]]]] = []
        done = threading.Event()

        def keep_asking(path: str, body: bytes, kind: str) -> None:
            while not done.is_set():
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                for _ in range(20):
                    connection.request("POST", path, body, {"Content-Type": kind})
                    response = connection.getresponse()
                    content = response.read()
                    found = re.findall(rb'"run":"(\w+)","fingerprint":"([\w:]+)"', content)
                    seen.append((response.status, frozenset((run.decode(), mark.decode()) for run, mark in found)))
                connection.close()

        document = json.dumps({"text": article})
        batch = json.dumps({"documents": [{"text": article}] * 20}).encode()
        lines = f"{document}\n".encode() * 50
        asked = [
            ("/v1/label", document.encode(), "application/json"),
            ("/v1/label/batch", batch, "application/json"),
            ("/v1/label/batch", lines, "application/x-ndjson"),
        ]
        threads = [threading.Thread(target=keep_asking, args=one) for one in asked * 2]
        for thread in threads:
            thread.start()
        for _ in range(20):
            for change, champion in (("second/promote", "second"), ("rollback", "first")):
                status, content = ask(port, "POST", f"/v1/models/{change}")
                assert (status, content["champion"]) == (200, champion)
        done.set()
        for thread in threads:
            thread.join()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert set(seen) == {(200, frozenset({pair})) for pair in fingerprints.items()}
    assert "Traceback" not in "".join(said)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_service_that_is_told_to_stop_finishes_what_has_begun(registry: Registry, article: str, workers: str) -> None:
    options = ("--workers", workers, "--models", str(registry.path))
    with serving(*options, NEWSSTAND_DRAIN_SECONDS="1.5") as (process, port, said):
        line = json.dumps({"text": article}).encode() + b"\n"
        with socket.create_connection(("127.0.0.1", port), 10) as begun:
            head = f"Host: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: {2 * len(line)}\r\n\r\n"
            begun.sendall(f"POST /v1/label/batch HTTP/1.1\r\n{head}".encode() + line)
            answered = begun.recv(1 << 16)
            assert answered.startswith(b"HTTP/1.1 200")
            process.send_signal(signal.SIGTERM)
            time.sleep(0.9)
            assert {ask(port, "GET", "/health/ready")[0] for _ in range(8)} == {503}
            assert ask(port, "GET", "/health/ready")[1]["type"] == "/problems/shutting-down"
            assert ask(port, "POST", "/v1/label", article.encode())[0] == 200
            time.sleep(1.5)
            with pytest.raises(OSError, match=r"refused|reset"):
                ask(port, "GET", "/health/live")
            begun.sendall(line)
            while part := begun.recv(1 << 16):
                answered += part
        assert answered.count(b'"model"') == 2
        assert answered.endswith(b"0\r\n\r\n")
        assert process.wait(10) == 0
    assert "Traceback" not in "".join(said)


def test_what_does_not_finish_in_time_is_cut_off(registry: Registry) -> None:
    head = "Host: x\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n"
    with (
        serving("--models", str(registry.path), NEWSSTAND_SHUTDOWN_SECONDS="1") as (process, port, _said),
        socket.create_connection(("127.0.0.1", port), 10) as begun,
    ):
        begun.sendall(f"POST /v1/label HTTP/1.1\r\n{head}".encode() + b"word")
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_the_metrics_of_two_workers_are_those_of_both(registry: Registry, article: str) -> None:
    with serving("--workers", "2", "--models", str(registry.path)) as (process, port, _said):
        for _ in range(40):
            assert ask(port, "POST", "/v1/label", article.encode())[0] == 200
        time.sleep(1.3)
        shown = read(port, "/metrics")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert 'newsstand_requests_total{method="POST",route="/v1/label",status="200"} 40.0' in shown
        assert 'newsstand_topics_total{topic="economy"} 40.0' in shown
        assert "newsstand_workers 2.0" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot halt a process")
def test_a_flood_is_shed_and_the_rest_is_answered(registry: Registry, article: str) -> None:
    with serving("--models", str(registry.path), NEWSSTAND_MAX_REQUESTS="8") as (process, port, _said):
        clients = [http.client.HTTPConnection("127.0.0.1", port, timeout=20) for _ in range(40)]
        for client in clients:  # new connections are accepted one by one, and so would not come at once
            client.request("POST", "/v1/label", article.encode(), {"Content-Type": "text/plain"})
            assert client.getresponse().read()
        process.send_signal(signal.SIGSTOP)  # so that all have come when the first is read
        for client in clients:
            client.request("POST", "/v1/label", article.encode(), {"Content-Type": "text/plain"})
        process.send_signal(signal.SIGCONT)
        answers = [client.getresponse() for client in clients]
        shed = [answer for answer in answers if answer.status == 503]
        assert 8 <= len(shed) <= 32
        assert all(answer.getheader("retry-after") == "1" for answer in shed)
        assert {answer.status for answer in answers} == {200, 503}
        assert ask(port, "GET", "/health/ready")[0] == 200
        for client in clients:
            client.close()


def test_a_chunked_upload_over_the_limit_is_refused_on_the_wire(registry: Registry) -> None:
    with serving("--models", str(registry.path), NEWSSTAND_MAX_BODY_BYTES="1000") as (_, port, _said):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        chunks = (b"word " * 50 for _ in range(50))
        connection.request("POST", "/v1/label", chunks, {"Content-Type": "text/plain"}, encode_chunked=True)
        response = connection.getresponse()
        assert response.status == 413
        assert json.loads(response.read())["type"] == "/problems/too-large"
        connection.close()


def test_no_correction_is_kept_where_it_would_be_lost(registry: Registry, tmp_path: Path) -> None:
    place, away = tmp_path / "place", tmp_path / "away"
    place.mkdir()
    body = json.dumps({"document": {"text": "Rents rose."}, "leaning": "left", "run": "first"}).encode()

    def send(port: int) -> int:
        return ask(port, "POST", "/v1/feedback", body, "application/json")[0]

    options = ("--workers", "2", "--models", str(registry.path))
    with serving(*options, NEWSSTAND_STORE=f"sqlite:///{place / 'store.db'}") as (_, port, said):
        assert send(port) == 200
        place.rename(away)
        place.mkdir()
        assert {send(port) for _ in range(10)} == {503}
        place.rmdir()
        away.rename(place)
        assert {send(port) for _ in range(10)} == {200}
    assert "Traceback" not in "".join(said)


def test_a_failure_is_logged_once_and_not_shown(registry: Registry, tmp_path: Path) -> None:
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import newsstand.tagger as t\n"
        "check = t.Tagger.check_golden\n"
        "def fail(*a, **k): raise KeyError('a bug')\n"
        "def then_break(self):\n    check(self)\n    t.Tagger.label = fail\n"
        "t.Tagger.check_golden = then_break\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    with serving("--models", str(registry.path), PYTHONPATH=path) as (process, port, said):
        status, answer = ask(port, "POST", "/v1/label", b"Some words of text.")
        assert (status, answer["type"]) == (500, "/problems/internal-error")
        assert "bug" not in json.dumps(answer)
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    [line] = [json.loads(line) for line in said if "KeyError" in line]
    assert (line["event"], line["error"], line["route"]) == ("the service failed", "KeyError", "/v1/label")
    assert any("label_one" in frame for frame in line["frames"])
    assert "a bug" not in "".join(said)


def parse(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    return parser.parse_args(options)


def test_without_a_champion_it_says_how_to_get_one(tmp_path: Path) -> None:
    with serving("--models", str(tmp_path)) as (_, port, said):
        assert ask(port, "GET", "/health/live")[0] == 200
        assert "newsstand promote" in "".join(said)


def test_a_port_in_use_is_one_clear_line(registry: Registry) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-c", COMMAND, "--models", str(registry.path), "--port", port]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[0].startswith(f"newsstand serve: port {port} on 127.0.0.1 is in use")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_let_in_only_on_demand(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match="--allow-remote"):
        serve.run(parse("--host", host))
    monkeypatch.setenv("NEWSSTAND_HOST", host)
    with pytest.raises(SettingError, match="--allow-remote"):
        serve.run(parse())


def test_with_keys_other_machines_are_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSSTAND_KEYS", str(tmp_path / "keys.json"))
    KeyFile(tmp_path / "keys.json").create("a", ("label",))
    with pytest.raises(SettingError, match=r"cannot listen on 192\.0\.2\.1"):
        serve.run(parse("--host", "192.0.2.1"))


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(SettingError, match=r"cannot listen on 192\.0\.2\.1"):
        serve.run(parse("--host", "192.0.2.1", "--allow-remote"))


def test_a_setting_that_makes_no_sense_is_refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSSTAND_MAX_BATCH", "many")
    with pytest.raises(SettingError, match="NEWSSTAND_MAX_BATCH=many"):
        serve.run(parse())


@pytest.mark.parametrize(
    ("name", "value"),
    [("NEWSSTAND_STORE", "nonsense"), ("NEWSSTAND_REVIEW_DOCUMENTS", "5"), ("NEWSSTAND_RATE", "never")],
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_no_worker_could_start_with_is_refused_before_anything_starts(
    name: str, value: str, workers: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=name) as error:
        serve.run(parse("--port", "0", "--workers", workers))
    assert "value error" not in str(error.value).lower()
    assert "Listening" not in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed here")
def test_what_it_says_to_try_works_with_keys_and_on_every_address(registry: Registry, tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    key = file.create("reader", ("label",))[1]
    environment = os.environ | {"NEWSSTAND_KEYS": str(file.path), "NEWSSTAND_MODELS": str(registry.path), "KEY": key}
    command = [sys.executable, "-c", COMMAND, "--host", "0.0.0.0", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr
        said = next(json.loads(line)["event"] for line in process.stderr if "Try: " in line)
        curl = said.removeprefix("Try: ").replace("curl ", "curl -s --retry 9 --retry-connrefused ")
        done = subprocess.run(curl, shell=True, env=environment, capture_output=True, text=True, timeout=60)
        process.terminate()
        process.communicate(timeout=30)
    assert json.loads(done.stdout)["model"]["run"] == "first", said


def test_labelling_imports_nothing_that_trains(registry: Registry) -> None:
    program = (
        "import asyncio, sys\n"
        "from service.app import create_app\n"
        "from service.commands import serve\n"
        "from service.settings import Settings\n"
        f"app = create_app(Settings(models={str(registry.path)!r}))\n"
        "async def start():\n    async with app.router.lifespan_context(app): pass\n"
        "asyncio.run(start())\n"
        "assert not {'train', 'sklearn', 'scipy', 'joblib', 'torch'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=20)
