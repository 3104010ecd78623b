"""What all workers need, brought into memory once by the process that they are forked from. Nothing here may hold a lock.

The champion is among it, so that they share also the memory of its encoder. That starts no threads, which would not survive a fork.
A run that is promoted later is loaded by each worker.
"""

from __future__ import annotations

import gc
import logging
from contextlib import suppress
from importlib import import_module

from newsstand.errors import NewsstandError
from newsstand.registry import Registry
from newsstand.stance.lexicon import lexicon
from newsstand.text.language import identify
from service.app import folder_of
from service.copies import RunCopies
from service.settings import read_settings


def _load_champion() -> None:
    settings = read_settings()
    folder, registry = folder_of(settings.copies_folder), Registry(settings.models)
    champion = registry.champion()
    if folder and champion:
        RunCopies(folder).load_before_fork(registry.named(champion))


identify("Wörter, die kein Englisch sind")  # loads what tells languages apart
lexicon()
for library in ("onnxruntime", "tokenizers"):
    with suppress(ImportError):
        import_module(library)
logging.getLogger("service").addHandler(
    logging.NullHandler()
)  # workers say again what is wrong, as the settings want it said
with suppress(NewsstandError, OSError):
    _load_champion()
gc.collect()
gc.freeze()  # a collection in a worker would touch, and so copy, what is shared
