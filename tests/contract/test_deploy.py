"""The files under deploy/ name only what exists, and pass the linters that are installed."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from service.counts import COUNTERS, Counts
from service.metrics import Metrics, Moment
from service.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
UNIT = DEPLOY / "systemd" / "newsstand.service"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
DASHBOARD = DEPLOY / "grafana" / "newsstand.json"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
OTHER_LABELS = {"route", "le", "instance", "job", "fingerprint", "run", "distribution", "severity"}


def tool(name: str) -> str:
    """Where a linter is, or a skipped test."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def checked(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def yaml_documents(path: Path) -> list[Any]:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed here")
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def metric_names() -> set[str]:
    """The names of all samples that /metrics can have."""
    moment = Moment(0, 0, None, None, ready=True)
    text = Metrics(Counts(), lambda: moment, None).render().decode()
    names = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE):
        names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return names


def dashboard_queries() -> list[str]:
    return [target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"] for target in panel["targets"]]


def alert_queries() -> list[str]:
    return [rule["expr"] for group in yaml_documents(ALERTS)[0]["groups"] for rule in group["rules"]]


def test_the_dashboard_and_the_alerts_name_only_metrics_that_exist() -> None:
    for path in (DASHBOARD, ALERTS):
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"newsstand_[a-z_]+", text))
        assert len(named) > 5
        assert named <= metric_names(), path.name


def test_every_metric_is_on_the_dashboard() -> None:
    shown = " ".join(dashboard_queries())
    missing = {name for name in metric_names() if name not in shown}
    assert {name for name in missing if not name.endswith(("_sum", "_count"))} == {"newsstand_shadow_documents_total"}


def test_the_dashboard_and_the_alerts_name_only_labels_that_exist() -> None:
    known = OTHER_LABELS | {label for labels in COUNTERS.values() for label in labels}
    for path in (DASHBOARD, ALERTS):
        text = path.read_text(encoding="utf-8").replace('\\"', '"')
        grouped = {
            label.strip() for names in re.findall(r"\b(?:by|ignoring) \(([^)]*)\)", text) for label in names.split(",")
        }
        matched = set(re.findall(r"[{,] ?(\w+)(?:=~|!=|=)\"", text))
        assert grouped
        assert grouped | matched <= known, path.name


def test_the_panels_of_the_dashboard_have_a_place_each() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    places = [tuple(panel["gridPos"].values()) for panel in panels]
    assert len(set(places)) == len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_settings_that_exist_are_set(path: Path) -> None:
    known = {f"NEWSSTAND_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"NEWSSTAND_[A-Z_]+", path.read_text(encoding="utf-8"))) <= known


def test_the_image_is_built_from_files_that_exist_and_are_let_through() -> None:
    let_through = re.findall(r"^!(\S+)$", Path(f"{DOCKERFILE}.dockerignore").read_text(), re.MULTILINE)
    copied = [
        name
        for line in re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE.read_text(), re.MULTILINE)
        for name in line.split()[:-1]
    ]
    assert set(copied) == set(let_through)
    assert all((ROOT / name).exists() for name in copied)


def test_the_supervisors_wait_for_what_has_begun() -> None:
    defaults = Settings.model_construct()
    [service] = yaml_documents(DEPLOY / "docker" / "compose.yaml")[0]["services"].values()
    assert service["read_only"] is True
    assert int(service["stop_grace_period"].rstrip("s")) > 5 + defaults.shutdown_seconds
    config, deployment = yaml_documents(DEPLOY / "kubernetes" / "newsstand.yaml")[:2]
    pod = deployment["spec"]["template"]["spec"]
    seconds = int(config["data"]["NEWSSTAND_DRAIN_SECONDS"]) + int(config["data"]["NEWSSTAND_SHUTDOWN_SECONDS"])
    assert pod["terminationGracePeriodSeconds"] > seconds
    [container] = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()
    assert container["resources"]["limits"].keys() >= {"cpu", "memory"}


@pytest.mark.slow
def test_the_dockerfile_passes_hadolint() -> None:
    checked(tool("hadolint"), str(DOCKERFILE))


@pytest.mark.slow
def test_the_manifests_are_what_kubernetes_takes() -> None:
    checked(tool("kubernetes-validate"), "--strict", str(DEPLOY / "kubernetes" / "newsstand.yaml"))


@pytest.mark.slow
def test_the_unit_is_what_systemd_takes_and_is_hardened(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/newsstand/bin/newsstand", shutil.which("true") or "/bin/true"))
    assert checked(analyze, "verify", str(unit)).strip() == ""
    checked(analyze, "security", "--offline=true", "--threshold=20", str(unit))


@pytest.mark.slow
def test_the_alerts_pass_promtool() -> None:
    checked(tool("promtool"), "check", "rules", str(ALERTS))


@pytest.mark.slow
def test_every_query_is_promql() -> None:
    try:
        parser = importlib.import_module("promql_parser")
    except ImportError:
        pytest.skip("promql-parser is not installed here")
    for query in [*dashboard_queries(), *alert_queries()]:
        parser.parse(query.replace("$__rate_interval", "5m"))
