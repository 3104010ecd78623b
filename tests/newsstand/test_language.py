"""Which language a text is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.text.language import identify

TEXTS = {
    "en": "The council of Harbour Falls voted on Tuesday to freeze rents for a year, and landlords said they would sue.",
    "es": "El ayuntamiento de Villaluz votó el martes congelar los alquileres durante un año, y los dueños protestaron.",
    "fr": "Le conseil municipal de Beauport a voté mardi le gel des loyers pour un an, et les propriétaires protestent.",
    "de": "Der Stadtrat von Hafenstadt hat am Dienstag beschlossen, die Mieten für ein Jahr einzufrieren; es gab Protest.",
    "it": "Il consiglio comunale di Portovento ha votato martedì di congelare gli affitti per un anno, tra le proteste.",
    "pt": "A câmara de Portoalto votou na terça-feira o congelamento das rendas por um ano, e os senhorios protestaram.",
    "nl": "De gemeenteraad van Havendam stemde dinsdag voor het bevriezen van de huren voor een jaar, met veel protest.",
    "ru": "Городской совет Приморска во вторник проголосовал за замораживание арендной платы на год.",
    "zh": "港湾市议会星期二投票决定将租金冻结一年，房东们表示将提起诉讼。",
    "ar": "صوت مجلس مدينة الميناء يوم الثلاثاء على تجميد الإيجارات لمدة عام واحتج الملاك على القرار.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_news_is_told_by_its_language(language: str) -> None:
    assert identify(TEXTS[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "Harwick Rovers beat Eastby Town in the cup on Saturday.",
        "SENATE PANEL WEIGHS CURBS ON DRONES",
        "Kuala Lumpur, Abidjan, Ouagadougou and Montevideo are among the cities that the delegation will visit.",
        "“El Niño” is on its way, and the fishermen of Santa Rosa have heard that it will be one of the worst.",
    ],
)
def test_english_with_many_names_is_english(text: str) -> None:
    assert identify(text) == "en"


def test_a_quotation_in_english_makes_no_english_text() -> None:
    assert identify(TEXTS["de"] + " „It is what it is“, sagte er. " + TEXTS["de"]) == "de"


@pytest.mark.parametrize("text", ["", "  \n", "12 345 — 67.8 %", "🗳🔥", "\x00\ud800", "…!?"])
def test_without_words_there_is_no_language(text: str) -> None:
    assert identify(text) is None


@given(st.text(alphabet=st.characters()))
def test_any_text_has_a_language_or_none(text: str) -> None:
    language = identify(text)
    assert language is None or (len(language) in (2, 3) and language.islower())
