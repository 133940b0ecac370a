"""Another country is a folder of YAML: its topics, areas, services, lines and settings. Nothing of
Peru is told there, and no code knows its name."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from content.check import check_pack
from content.formatting import format_pack
from content.models import AreaRow
from content.pack import SAFETY_CLASSES
from content.voice import read_voice
from hub.clock import ManualClock
from hub.config import ConfigError, read_config
from hub.vault import Vault
from tests.chat import Chat, open_hub, prepare
from tests.i18n.catalogues import DOMAINS, extract

PACK = Path(__file__).parent / "demo_colombia"
CONFIG = read_config(PACK / "config.yml")
# Lines, places, offices and money of Peru.
PERU = re.compile(
    r"\b(?:105|106|113|1810|1818)\b|L[ií]nea 100\b|0800|per[uú]|lima\b|migraciones\b|soles|S/|cepr"
    r"|gtrm",
    re.IGNORECASE,
)
# What people write there, and what is somewhere in the answer.
CONVERSATION = [
    ("hola", "GIFMM de prueba"),
    ("ayuda", "BAJA"),
    ("cómo pido refugio", "cancillería de Colombia"),
    ("cómo saco el permiso de estadía en cúcuta", "Centro de servicios migratorios"),
    ("cuál es el número de emergencias", "123"),
    ("me quieren matar, ayuda", "123"),
    ("persona", "018000 914814"),
    ("mis datos", "idioma"),
    ("avisos", "GIFMM de prueba"),
    ("baja", "avisos"),
]


@pytest.fixture
async def chat(tmp_path: Path, vault: Vault, clock: ManualClock) -> AsyncIterator[Chat]:
    await prepare(f"sqlite:///{tmp_path}/chasqui.db", vault, clock, str(PACK))
    hub = await open_hub(tmp_path / "chasqui.db", vault, clock, CONFIG)
    try:
        yield Chat(hub, clock)
    finally:
        await hub.close()


def test_the_pack_is_clean_and_in_the_common_form() -> None:
    checked = check_pack(PACK)
    assert checked.findings == ()
    assert checked.pack is not None
    for name, text in format_pack(checked.pack).items():
        assert (PACK / name).read_text(encoding="utf8") == text, name
    figures = checked.figures
    assert (figures.topics, figures.safety, figures.services, figures.areas) == (5, 8, 4, 3)
    assert figures.complete == {"es": 13, "en": 13}


def test_codes_of_another_length_are_refused(tmp_path: Path) -> None:
    for path in PACK.rglob("*.yml"):
        target = tmp_path / path.relative_to(PACK)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf8")
        target.write_text(text.replace("'54874'", "'540101'"), encoding="utf8")
    [first, *_] = check_pack(tmp_path).findings
    assert (first.path, first.field) == ("areas.yml", "code")
    assert "it has 2 or 5 digits" in first.message


def test_a_pack_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="pack: nowhere: cannot be read"):
        read_voice(CONFIG.model_copy(update={"pack": "nowhere"}))


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_phrase_names_a_line_or_place_of_peru(language: str) -> None:
    _ = read_voice(CONFIG).phrases.for_language(language)
    said = [_(str(message.id)) for message in extract(DOMAINS[0]) if message.id]
    found = {text: found.group() for text in said if (found := PERU.search(text))}
    assert found == {}
    assert not any("{" in text for text in said)


async def test_people_are_answered_from_the_pack_alone(chat: Chat) -> None:
    for said, expected in CONVERSATION:
        await chat.says(said)
        chat.hears(expected)
        assert not PERU.search(chat.text), chat.text


async def test_places_are_found_by_its_own_areas(chat: Chat) -> None:
    await chat.says("qué derechos tengo en el trabajo en villa del rosario")
    chat.hears("Consultorio jurídico de Cúcuta", "En tu región", "Línea 155")
    async with chat.hub.database.read() as session:
        town, around = await session.get(AreaRow, "54874"), await session.get(AreaRow, "54")
    assert town is not None
    assert around is not None
    assert (town.level, town.parent, around.level) == ("district", "54", "department")


async def test_opening_hours_are_those_of_its_own_clock(chat: Chat, clock: ManualClock) -> None:
    # Sunday 15:00 UTC is 10:00 there: the legal clinic is closed, the health post open.
    await chat.says("dónde queda urgencias en villa del rosario")
    chat.hears("Puesto de salud", "ahora está abierto, hasta 19:00")


@pytest.mark.parametrize("safety_class", SAFETY_CLASSES)
async def test_each_safety_text_names_its_own_lines(chat: Chat, safety_class: str) -> None:
    told = await chat.hub.conversation.answers.safety(safety_class, "es")
    assert told is not None
    assert "123" in told.text
    assert not PERU.search(told.text)


async def test_the_last_resort_names_its_own_lines(chat: Chat, clock: ManualClock) -> None:
    clock.advance(clock.now().replace(year=2029) - clock.now())  # every text is over
    await chat.says("me quieren matar, ayuda")
    chat.hears("123 (policía)", "Línea 155")
    assert not PERU.search(chat.text)


async def test_a_code_proves_a_text_there_too(chat: Chat) -> None:
    await chat.says("cómo pido refugio")
    found = re.search(r"Código: (\w+)", chat.text)
    assert found is not None
    await chat.says(found[1])
    chat.hears("Este código es nuestro", "cancillería de Colombia")
