"""The OpenAPI document against a running service: what comes back is as declared, and never a failure of the service."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import pytest
from test_serve_command import serving

from newsstand.registry import Registry

pytestmark = pytest.mark.slow
# A topic or a run that is not there is refused though it is a string, and any bytes are a page or a text.
NOT_PROMISED = "positive_data_acceptance,negative_data_rejection"


def test_whatever_is_sent_the_response_is_as_declared(registry: Registry, tmp_path: Path) -> None:
    command = [str(Path(sysconfig.get_path("scripts"), "schemathesis")), "run", "--no-color", "--seed", "1"]
    command += ["--exclude-checks", NOT_PROMISED, "--max-examples", "300", "--phases", "examples,coverage,fuzzing"]
    kept = {"NEWSSTAND_STORE": f"sqlite:///{tmp_path / 'store.db'}", "NEWSSTAND_REVIEW_DOCUMENTS": "100"}
    with serving("--models", str(registry.path), **kept) as (_, port, said):
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}/openapi.json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=500,
        )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "the service failed" not in "".join(said)
