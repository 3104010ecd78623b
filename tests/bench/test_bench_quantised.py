"""What the encoder loses and gains by int8 weights, as the page on stances shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.quantised import check_float32, tables
from newsstand.registry import Registry


def test_rows_become_two_tables() -> None:
    lost = {"measurement": "quantised", "corpus": "vast", "int8": 0.66, "float32": 0.67, "lost": 0.01}
    fast = {"measurement": "quantised speed", "characters": 300, "int8": 120.0, "float32": 50.0, "torch": 40.0}
    quality, speed = (table.text() for table in tables([lost, fast], {"vast": "VAST"}))
    assert "| VAST | 0.660 | 0.670 | 0.010 |" in quality
    assert "| onnxruntime, int8 | 120.0 | 3.0 |" in speed


def test_without_rows_there_are_none() -> None:
    assert tables([{"measurement": "speed"}], {}) == []


def test_the_quantised_encoder_is_not_compared_with_itself(tmp_path: Path) -> None:
    run = Registry(Path(__file__).parents[2] / "models").resolve("champion")
    with pytest.raises(SystemExit, match="are int8"):
        check_float32(run / "stance")
    with pytest.raises(SystemExit, match="there is no"):
        check_float32(tmp_path)
    (tmp_path / "encoder.onnx").write_bytes(b"float32")
    check_float32(tmp_path)
