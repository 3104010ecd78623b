"""What the encoder loses and gains by int8 weights, as the page on stances shows it."""

from __future__ import annotations

from bench.quantised import tables


def test_rows_become_two_tables() -> None:
    lost = {"measurement": "quantised", "corpus": "vast", "int8": 0.66, "float32": 0.67, "lost": 0.01}
    fast = {"measurement": "quantised speed", "characters": 300, "int8": 120.0, "float32": 50.0, "torch": 40.0}
    quality, speed = (table.text() for table in tables([lost, fast], {"vast": "VAST"}))
    assert "| VAST | 0.660 | 0.670 | 0.010 |" in quality
    assert "| onnxruntime, int8 | 120.0 | 3.0 |" in speed


def test_without_rows_there_are_none() -> None:
    assert tables([{"measurement": "speed"}], {}) == []
