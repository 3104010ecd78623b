"""What all workers need, brought into memory once by the process that they are forked from. Nothing here may hold a lock.

What runs encoders is imported if it is installed, and no more: a model has to be loaded by the worker that uses it.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

import service.app  # noqa: F401
from newsstand.stance.lexicon import lexicon
from newsstand.text.language import identify

identify("Wörter, die kein Englisch sind")  # loads what tells languages apart
lexicon()
for library in ("onnxruntime", "tokenizers"):
    with suppress(ImportError):
        import_module(library)
gc.collect()
gc.freeze()  # a collection in a worker would touch, and so copy, what is shared
