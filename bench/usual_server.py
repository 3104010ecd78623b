"""A topic model as most people put it behind FastAPI: ``python -m bench.usual_server MODEL PORT CORE``. For comparison only."""

from __future__ import annotations

import os
import sys
from typing import Any

import joblib
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

THRESHOLD = 0.2


class Article(BaseModel):
    """What is posted."""

    title: str = ""
    text: str


def build(path: str) -> FastAPI:
    """The application: a pipeline loaded by joblib, and ``predict_proba`` in a ``def`` endpoint, which FastAPI runs in a thread."""
    app = FastAPI()
    pipeline = joblib.load(path)

    @app.get("/ready")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/label")
    def label(article: Article) -> dict[str, Any]:
        [scores] = pipeline.predict_proba([f"{article.title}\n{article.text}"])
        found = [
            {"label": name, "score": float(p)}
            for name, p in zip(pipeline.classes_, scores, strict=True)
            if p > THRESHOLD
        ]
        return {"topics": sorted(found, key=lambda topic: -float(topic["score"]))}

    return app


if __name__ == "__main__":
    path, port, core = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    uvicorn.run(build(path), port=int(port), log_level="warning", access_log=False)
