"""Which language a text is in, quickly for English and by name for others. Not a general language identifier."""

from __future__ import annotations

import threading

from newsstand import kernel

SAMPLE_CHARACTERS = 400
ENGLISH_SHARE = 0.2
_FUNCTION_WORDS = kernel.KnownWords(
    """
    the of and to in a is that for it was on with as be at by he this have from or had not are but which one were
    all his they has their would an what there we who will more when no if out so up been than them she her its into
    said you i about can could after over also did many must through where most my do just now how other our only
    very
    """.split()  # noqa: SIM905
)
_identifier_lock = threading.Lock()


def identify(text: str, encoded: bytes | None = None) -> str | None:
    """ISO 639-1 code of the language of a text, ``None`` where there are no words to tell it by.

    English news has a function word in nearly every other place, and no other language shares enough of them, so a look
    at the first words settles it, or one at more of them; only texts that fail both are handed to py3langid (Lui & Baldwin
    2012), which is slower.

    Parameters
    ----------
    text : str
    encoded : bytes, optional
        The same text as :func:`newsstand.kernel.encode` gives it, where somebody has it already.
    """
    encoded = kernel.encode(text) if encoded is None else encoded
    share = _FUNCTION_WORDS.share
    if share(encoded, SAMPLE_CHARACTERS) >= ENGLISH_SHARE or share(encoded, 30 * SAMPLE_CHARACTERS) >= ENGLISH_SHARE:
        return "en"
    if not any(map(str.isalpha, text)):
        return None
    import py3langid  # half a second to load, and most services never need it

    with _identifier_lock:
        return str(py3langid.classify(text[: 30 * SAMPLE_CHARACTERS])[0])
