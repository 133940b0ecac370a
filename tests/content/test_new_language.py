"""A language is added without a line of Python: Quechua, in a copy of a pack, from its name to the
chat. Only YAML and PO files are written here, as somebody who translates would write them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from bot.commands import find_language
from bot.proof_phrases import say_date
from content.check import check_pack
from content.commands import export_content, import_content
from content.lacking import count_texts, find_lacking
from content.pack import PackSettings
from content.phrase_files import (
    PhraseError,
    count_phrases,
    export_phrases,
    import_phrases,
    lacking_phrases,
)
from content.review import approve_demonstration
from content.rows import read_settings
from content.translations import TranslationError, export_translations, import_translations
from hub.clock import ManualClock
from hub.config import Config, read_config
from hub.database import Database
from hub.vault import Vault
from tests.chat import Chat, open_hub, prepare
from tests.content.packs import NOW, make_pack, make_service, make_topic, write

CONFIG = """\
pack: ./pack
languages: [es, en, ht, qu]
understanding: {rasa: false, examples: ./examples}
"""
# How people ask, in two languages and of two topics: the fallback for Rasa learns from it.
EXAMPLES = {
    "es/asylum.apply": ("cómo pido refugio", "quiero pedir refugio", "dónde solicito asilo"),
    "es/dialogue.greeting": ("hola", "buenos días", "buenas tardes"),
    "qu/asylum.apply": ("imaynatam amachayta mañakuni", "amachayta mañakuyta munani"),
    "qu/dialogue.greeting": ("allillanchu", "napaykuyki"),
}
ASKED = "imaynatam amachayta mañakuni"
# The words are plain; what matters here is that they are none of Spanish.
TITLE = "Amachayta mañakuy"
TEXT = (
    "Oficinapi amachayta mañakuyta atinki. Mana qullqiwanchu, 8:30 pachamanta 17:00 pachakama.\n"
    "Tapukuyniyki kaptinqa 105 yupayman waqyay. Manam pipas qullqita mañasunkimanchu."
)
WHERE = "España hatun ñanpi oficinaman riy. Mana atispaqa huk kitimanta tapukuy, yanapasunki."
COST = "Mana qullqiwanchu. Pipas qullqita mañasuptiyki, ama quychu, utqaylla willakuy."
SERVICE = {"name": "Yanapakuy wasi", "hours": "Lunesmanta viernes punchawkama"}


@dataclass
class Desk:
    """What a translator has: a folder with the pack and the files that go out and in."""

    home: Path
    url: str
    database: Database
    vault: Vault
    clock: ManualClock

    @property
    def pack(self) -> Path:
        return self.home / "pack"

    def name_language(self, line: str = "in_preparation: [qu]") -> None:
        path = self.pack / "pack.yml"
        text = path.read_text(encoding="utf8")
        path.write_text(text.replace("calling_code:", f"{line}\ncalling_code:"), encoding="utf8")

    async def settings(self) -> PackSettings:
        async with self.database.read() as session:
            settings = await read_settings(session)
        assert settings is not None
        return settings

    async def import_pack(self) -> None:
        await import_content(self.database, self.pack, self.clock)
        await self.approve()

    async def approve(self) -> None:
        async with self.database.write() as session:
            await approve_demonstration(session, "demonstration", self.clock.now())

    async def translate(self, texts: Callable[[str], str]) -> None:
        """Take the texts out, translate those that `texts` knows by their name, bring them in."""
        [path] = await export_translations(self.database, self.home, ("qu",), self.clock)
        fill(path, texts)
        await import_translations(self.database, path, "cli", self.clock)
        await self.approve()

    async def translate_phrases(self, texts: Callable[[str], str]) -> int:
        settings = await self.settings()
        [path] = export_phrases(self.pack, settings, self.home, (), self.clock.now())
        fill(path, texts)
        return import_phrases(self.pack, settings, path, self.clock.now())[1]

    def lacking(self) -> list[str]:
        checked = check_pack(self.pack)
        assert checked.pack is not None, checked.findings
        return find_lacking(checked.pack, "qu")

    @asynccontextmanager
    async def chat(self) -> AsyncIterator[Chat]:
        config = read_config(self.home / "config.yml")
        hub = await open_hub(self.home / "chasqui.db", self.vault, self.clock, config)
        try:
            yield Chat(hub, self.clock)
        finally:
            await hub.close()


def fill(path: Path, texts: Callable[[str], str]) -> None:
    """As a translator's program does: by the entry's context, or the phrase itself."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if message.id and (text := texts(message.context or str(message.id))):
            message.string = text
    with path.open("wb") as file:
        write_po(file, catalogue)


@pytest.fixture
async def desk(tmp_path: Path, vault: Vault, clock: ManualClock) -> AsyncIterator[Desk]:
    topic = make_topic("asylum.apply", need="legal")
    write(tmp_path / "pack", make_pack(topic, services=(make_service("near", "150105"),)))
    (tmp_path / "config.yml").write_text(CONFIG, encoding="utf8")
    for name, lines in EXAMPLES.items():
        path = tmp_path / "examples" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        listed = "".join(f"      - {line}\n" for line in lines)
        intent = name.partition("/")[2]
        path.write_text(f"nlu:\n  - intent: {intent}\n    examples: |\n{listed}", encoding="utf8")
    url = f"sqlite:///{tmp_path}/chasqui.db"
    await prepare(url, vault, clock, str(tmp_path / "pack"))
    database = Database(url)
    yield Desk(tmp_path, url, database, vault, clock)
    await database.close()


def part(context: str) -> str:
    """A first part: one answer without its steps."""
    return {"asylum.apply/title": TITLE, "asylum.apply/texts": TEXT}.get(context, "")


def whole(context: str) -> str:
    name = context.rpartition("/")[2]
    return {"title": TITLE, "texts": TEXT, "more.where": WHERE, "more.cost": COST, **SERVICE}[name]


def phrase(message: str) -> str:
    return f"«{message}»"


async def test_a_language_must_be_named_before_it_is_translated(desk: Desk) -> None:
    with pytest.raises(TranslationError, match="'qu' is no language to translate into"):
        await export_translations(desk.database, desk.home, ("qu",), desk.clock)
    settings = await desk.settings()
    with pytest.raises(PhraseError, match="in_preparation"):
        export_phrases(desk.pack, settings, desk.home, ("qu",), desk.clock.now())


async def test_the_check_says_what_a_language_in_preparation_lacks(desk: Desk) -> None:
    desk.name_language()
    checked = check_pack(desk.pack)
    assert checked.pack is not None
    lacking = find_lacking(checked.pack, "qu")
    assert lacking[0].startswith("safety.")
    assert lacking[-4:] == [
        "asylum.apply/more.where",
        "asylum.apply/more.cost",
        "services/near/name",
        "services/near/hours",
    ]
    assert len(lacking) == count_texts(checked.pack) == 14
    assert checked.figures.complete["qu"] == 0
    assert len(lacking_phrases(desk.pack, "qu")) == count_phrases()


async def test_a_part_is_told_in_the_language_and_the_rest_in_spanish_which_says_so(
    desk: Desk,
) -> None:
    # F-35
    desk.name_language()
    await desk.import_pack()
    await desk.translate(part)
    async with desk.chat() as chat:
        await chat.says("quechua")
        chat.hears("Todavía estoy aprendiendo Runasimi")
        await chat.says("cómo pido refugio")
        chat.hears(TEXT)
        await chat.says(ASKED)
        chat.hears(TEXT)
        assert "solo en español" not in chat.text
        await chat.presses(chat.buttons[0])
        chat.hears("Este texto existe solo en español", "Ve a la oficina de la avenida España")


async def test_the_menu_and_the_own_name_choose_it_although_nothing_recognises_it(
    desk: Desk,
) -> None:
    desk.name_language()
    await desk.import_pack()
    async with desk.chat() as chat:
        await chat.says("idioma")
        assert chat.buttons == ["Español", "English", "Kreyòl", "Runasimi"]
        await chat.presses("Runasimi")
        chat.hears("Runasimi")
        await chat.says("English")
        chat.hears("From now on I write to you in English")
        await chat.says("Runasimi")
        chat.hears("Todavía estoy aprendiendo Runasimi")
        await chat.says("mis datos")
        chat.hears("Runasimi")


async def test_phrases_are_taken_from_the_file_and_stay_whole(desk: Desk) -> None:
    desk.name_language()
    await desk.import_pack()
    greeting = "Which language do you prefer?"
    assert await desk.translate_phrases(lambda it: "¿Ima simita?" if it == greeting else "") == 1
    assert len(lacking_phrases(desk.pack, "qu")) == count_phrases() - 1
    async with desk.chat() as chat:
        await chat.says("Runasimi")
        await chat.says("idioma")
        chat.hears("¿Ima simita?")
    with pytest.raises(PhraseError, match=r"must keep as it is: \{ambulance\}"):
        await desk.translate_phrases(lambda it: "Waqyay" if "{ambulance}" in it else "")
    assert len(lacking_phrases(desk.pack, "qu")) == count_phrases() - 1, "nothing half-taken"


async def test_a_whole_language_is_one_like_the_others(desk: Desk) -> None:
    desk.name_language()
    await desk.import_pack()
    await desk.translate(whole)
    assert await desk.translate_phrases(phrase) == count_phrases()
    await export_content(desk.database, desk.pack)
    assert desk.lacking() == []
    assert lacking_phrases(desk.pack, "qu") == []
    path = desk.pack / "pack.yml"
    text = path.read_text(encoding="utf8").replace("in_preparation: [qu]\n", "")
    path.write_text(text.replace("[es, en, ht]", "[es, en, ht, qu]"), encoding="utf8")
    checked = check_pack(desk.pack)
    assert checked.is_clean, checked.findings
    assert checked.figures.complete["qu"] == checked.figures.complete["es"]
    await desk.import_pack()
    async with desk.chat() as chat:
        await chat.says("Runasimi")
        chat.hears("«Done. From now on I write to you in English.»")
        await chat.says(f"{ASKED} en Breña")
        chat.hears(TEXT, "Yanapakuy wasi", "Lunesmanta viernes")
        assert "español" not in chat.text


def test_a_language_that_babel_does_not_know_has_the_name_that_config_gives() -> None:
    languages = ("es", "fr", "ht", "qu", "ay")
    plain = Config(languages=languages)
    assert list(plain.names.items()) == [
        ("es", "Español"),
        ("fr", "Français"),
        ("ht", "Kreyòl"),
        ("qu", "Runasimi"),
        ("ay", "ay"),
    ]
    named = Config(languages=languages, language_names={"ay": "Aymar aru"})
    assert named.names["ay"] == "Aymar aru"
    assert find_language("aymar aru", named.names.items()) == "ay"
    assert find_language("quechua", named.names.items()) == "qu"
    assert find_language("quechua") is None
    assert say_date(NOW.date(), "ay") == say_date(NOW.date(), "es")
