"""Opens the store, where one is wanted. Apart from :mod:`service.store`, which takes a library that nothing else needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsstand.errors import SettingError
from service.rates import OFF
from service.settings import Settings

if TYPE_CHECKING:
    from service.store import Store


def open_store(settings: Settings, *, makes_file: bool = True) -> Store | None:
    """The store, ``None`` where nothing is to be kept.

    Parameters
    ----------
    settings : Settings
    makes_file : bool
        See :class:`service.store.Store`.

    Raises
    ------
    SettingError
        If the settings name none that can be used, or one is needed, or its extra is not installed.
    """
    if settings.store == OFF:
        if settings.review_documents:
            raise SettingError("NEWSSTAND_REVIEW_DOCUMENTS needs a place to keep them: set NEWSSTAND_STORE")
        return None
    try:
        from service.store import Store
    except ImportError as error:
        raise SettingError("NEWSSTAND_STORE needs the extra 'store': pip install 'newsstand[store]'") from error
    return Store(settings.store, makes_file=makes_file)
