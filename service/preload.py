"""What all workers need, brought into memory once by the process that they are forked from. Holds nothing that has threads."""

from __future__ import annotations

import gc

import service.app  # noqa: F401
from newsstand.stance.lexicon import lexicon
from newsstand.text.language import identify

identify("Wörter, die kein Englisch sind")  # loads what tells languages apart
lexicon()
gc.collect()
gc.freeze()  # a collection in a worker would touch, and so copy, what is shared
