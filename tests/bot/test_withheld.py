"""What people volunteer: taken out before anything keeps it, and gently declined (HUM-03)."""

from pathlib import Path
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import phrases
from bot.messages import InboundKind
from bot.published import PublishedPhones
from bot.withheld import Kind, withhold
from tests.bot.canaries import find_in_bytes, find_in_files, find_in_tables
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import LANGUAGES, words
from tests.chat import Chat

VOLUNTEERED = [
    ("mi dni es 45678912", "dni"),
    ("DNI: 45678912 y quiero saber", "dni"),
    ("45678912", "dni"),
    ("dni 45 678 912", "dni"),
    ("mi ce 001234567", "ce"),
    ("carnet de extranjería n° 002345678", "ce"),
    ("001234567", "ce"),
    ("mi ptp es el 12345678", "ce"),
    ("V-12.345.678", "cedula_ve"),
    ("cedula v12345678", "cedula_ve"),
    ("mi cédula es 25.123.456", "cedula_ve"),
    ("mi cedula 25123456", "cedula_ve"),
    ("pasaporte 123456789", "passport"),
    ("my passport is AB123456", "passport"),
    ("llámame al 987654321", "phone"),
    ("+51 987 654 321", "phone"),
    ("mi numero 987-654-321", "phone"),
    ("0414-1234567", "phone"),
    ("correo juan.perez@gmail.com", "email"),
    ("ana @ hotmail.com", "email"),
    ("mi tarjeta 4111 1111 1111 1111", "card"),
    ("5500005555555559", "card"),
    ("vivo en Av. Los Álamos 345 San Juan", "address"),
    ("jr de la union 1234", "address"),
    ("mz F lote 12 huaycan", "address"),
    ("calle 28 de julio nro 456", "address"),
    ("12 rue de la paix", "address"),
    ("estoy en -12.0464,-77.0428", "coordinates"),
    ("-3.5669271 -80.4515493", "coordinates"),
    ("12°02'47\"S", "coordinates"),
    ("me llamo Carlos Pérez y necesito ayuda", "name"),
    ("mi nombre es maria gonzalez tengo 30 años", "name"),
    ("soy juan perez y mi cedula es V-12345678", "name,cedula_ve"),
    ("my name is John Smith", "name"),
    ("mwen rele Jean Pierre", "name"),
    ("je m'appelle Marie Dupont", "name"),
    ("me chamo Ana Silva", "name"),
    ("hablar al 943 112 233", "phone"),
    ("mi cpp es 123456789", "ce"),
    ("https://maps.google.com/?q=-12.0464,-77.0428", "coordinates"),
    ("cci 00219312345678901234", "card"),
]
HARMLESS = [
    "tengo 45 años y 3 hijos",
    "llame al 105",
    "0800-15170",
    "0800 15170",
    "la ley 1719",
    "decreto 1350",
    "DS 010-2018-IN",
    "ley 30103",
    "cuesta 1500 soles",
    "pague s/ 47.30",
    "el 15/03/2025",
    "15-03-2025",
    "2018 2019 2020",
    "llegue en 2017",
    "1",
    "opcion 2",
    "son las 10:30",
    "tengo 2 niños de 5 y 7 años",
    "vivo en la calle con 3 niños",
    "en la calle desde hace 15 dias",
    "cobran 12.345.678 bolivares",
    "nací el 15031990",
    "vivo en la av arequipa",
    "formulario 007",
    "me deben 1200",
    "3.500, 4.200",
    "de 9:00 a 13:00",
    "llega a las 8 am",
    "numero 106",
    "línea 100",
    "soy venezolano y tengo cedula",
    "soy madre soltera",
    "me llamo",
    "100 200 300",
    "20 de julio de 2026",
    "26 de octubre",
    "UGEL 05",
    "me gané 1000000",
    "D.S. 135-2025-PCM",
    "resolución 000123-2024",
    "1 2 3 4 5 6",
    "son 30 o 60 dias",
    "10 20 30 dias",
]
CANARIES = ["45678912", "12.345.678", "12345678", "987654321", "juan.perez@example.org", "4111 11"]
SAID = (
    "mi dni es 45678912, mi cedula V-12.345.678, mi cel 987654321, "
    "juan.perez@example.org, tarjeta 4111 1111 1111 1111, quiero refugio"
)


@pytest.mark.parametrize(("text", "kinds"), VOLUNTEERED)
def test_what_identifies_a_person_is_taken_out(text: str, kinds: str) -> None:
    # HUM-03
    reduced = withhold(text)
    assert ",".join(reduced.kinds) == kinds
    assert all(f"[{kind}]" in reduced.text for kind in reduced.kinds)
    assert not any(group in reduced.text for group in ("456789", "2345678", "987654", "1111 1111"))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_identifies_nobody_stays(text: str) -> None:
    assert withhold(text) == (withhold(text).__class__)(text, ())


@given(st.text(max_size=300))
def test_any_text_can_be_reduced_once_for_all(text: str) -> None:
    once = withhold(text)
    assert withhold(once.text).text == once.text or once.kinds


@given(st.integers(10_000_000, 89_999_999), st.sampled_from(["dni {}", "mi DNI: {}", "dni n° {}."]))
def test_no_number_of_a_dni_is_left(number: int, saying: str) -> None:
    reduced = withhold(saying.format(number))
    assert str(number) not in reduced.text or not reduced.kinds
    if str(number)[4:6] not in ("19", "20"):
        assert reduced.kinds == (Kind.DNI,)


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "12.", "a@", "-1.1234 ", "av a ", "me llamo a ", "V-1", "("]
)
def test_reducing_takes_a_time_that_grows_with_the_text_only(unit: str) -> None:
    # SEC-47
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        begun = thread_time()
        withhold(text)
        return thread_time() - begun

    seconds(100)
    assert seconds(4000) < 12 * seconds(1000) + 0.02


async def test_nothing_that_was_volunteered_is_kept(
    chat: Chat, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # HUM-03, SEC-90
    scripted = Scripted(understood("utter_thanks"))
    chat.hub = with_understanding(chat.hub, scripted)
    await chat.says(SAID)
    assert await find_in_tables(chat.hub.database, CANARIES) == []
    assert find_in_files(tmp_path, CANARIES) == []
    printed = capfd.readouterr()
    assert find_in_bytes((printed.out + printed.err).encode(), CANARIES) == []
    assert [find_in_bytes(repr(asked.text).encode(), CANARIES) for asked in scripted.asked] == [[]]
    assert "quiero refugio" in scripted.asked[0].text


async def test_it_is_reduced_before_it_is_sealed(chat: Chat) -> None:
    # HUM-03: not even in the encrypted payload
    await chat.hub.inbox.receive([chat.phone.type_text(chat.address, SAID)])
    work = await chat.hub.inbox.claim()
    assert work is not None
    assert find_in_bytes(work.inbound.text.encode(), CANARIES) == []
    assert set(work.inbound.withheld) == {"dni", "cedula_ve", "phone", "email", "card"}


async def test_a_caption_is_reduced_too(chat: Chat) -> None:
    scripted = Scripted(understood("utter_thanks"))
    chat.hub = with_understanding(chat.hub, scripted)
    await chat.sends(InboundKind.IMAGE, text="este es mi dni 45678912")
    assert [question.text for question in scripted.asked] == ["este es mi [dni]"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_volunteers_is_asked_not_to_once_and_after_the_answer(
    chat: Chat, language: str
) -> None:
    # HUM-03
    await chat.sends(InboundKind.TEXT, text=SAID, language_hint=language)
    plea = {words(phrases.withheld, each) for each in LANGUAGES}
    assert [shown.text in plea for shown in chat.heard].count(True) == 1
    assert chat.heard[-1].text in plea
    assert len(chat.heard) > 1


async def test_nothing_is_declined_in_danger(chat: Chat) -> None:
    # HUM-22: the safety answer stands alone
    await chat.says("hola")
    await chat.says("mi esposo me pega, mi dni es 45678912")
    assert words(phrases.withheld) not in chat.text


async def test_who_wants_to_be_left_alone_gets_one_confirmation_only(chat: Chat) -> None:
    # HUM-07
    await chat.says("hola")
    await chat.says("borren mi numero 987654321 de su lista")
    assert chat.text == words(phrases.opted_out)


async def test_a_number_that_the_hub_tells_is_no_secret(chat: Chat) -> None:
    hub = chat.hub
    is_published = await PublishedPhones(hub.database, hub.clock, "51").read()
    services = hub.conversation.answering.services
    told = [
        found.phone
        for need in ("health", "legal", "shelter", "immigration_office", "hotline", "police")
        for found in await services.find_services(need, "1501", "es", 20)
        if found.phone
    ]
    assert told
    for phone in told:
        assert Kind.PHONE not in withhold(f"llamo al {phone} y no contestan", is_published).kinds
