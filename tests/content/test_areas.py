"""Places as people write them, in the Peru pack's own list of areas."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.area_codes import Level
from content.areas import AreaBook, to_area
from content.commands import find_pack, import_content
from content.findings import Findings
from content.place_words import fold_sounds, normalise
from content.reading import read_pack
from content.rows import new_area
from hub.clock import ManualClock
from hub.database import Database
from tests.content.packs import CODES

_PACK = read_pack(find_pack("peru"), Findings())
AREAS = _PACK.areas if _PACK else ()
BOOK = AreaBook([to_area(new_area(area, CODES)) for area in AREAS])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sjl", "150132"),
        ("S.J.L.", "150132"),
        ("smp", "150135"),
        ("VMT", "150143"),
        ("ves", "150142"),
        ("aguas berdes", "240302"),
        ("agua verde", "240302"),
        ("la breña", "150105"),
        ("brenia", "150105"),
        ("en breña", "150105"),
        ("estoy en sarumilla", "2403"),
        ("vivo en los olibos", "150117"),
        ("bentanilla", "070106"),
        ("Mwen nan Tacna", "23"),
        ("je suis à Arequipa", "04"),
        ("moro em Trujiyo", "1301"),
        ("I live in Chiclallo", "1401"),
        ("distrito de Comas", "150110"),
        ("san juan de lurigncho", "150132"),
        ("villa el salbador", "150142"),
        ("Ate", "150103"),
        ("la victoria", "150115"),
        ("Cuzco", "08"),
        ("Iñapari", "170301"),
    ],
)
def test_a_short_reply_names_a_place(text: str, code: str) -> None:
    found = BOOK.resolve(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Lima", "1501"),  # the city, where most people are, not the region around it
        ("Tumbes", "24"),  # region, province and city: the widest is surely true
        ("Miraflores", "150122"),  # also a district of Arequipa, with fewer people
        ("San Juan", "150132"),  # de Lurigancho before de Miraflores
    ],
)
def test_namesakes(text: str, code: str) -> None:
    found = BOOK.resolve(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "text", ["", "  ", "hola", "no sé", "gracias", "si", "caracas", "xyz", "12"]
)
def test_what_names_no_place(text: str) -> None:
    assert BOOK.resolve(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hola estoy en Tumbes y quiero ir a Lima", "24"),
        ("necesito abogado en san juan de lurigancho lima", "150132"),
        ("necesito ayuda con mis papeles en aguas berdes por favor", "240302"),
        ("soy de venezuela y vivo en lima", "1501"),
        ("dnd es el sebaf", "240302"),
        ("mwen bezwen doktè nan Comas", "150110"),
        ("vivo en ate vitarte", "150103"),
        ("mi prima esta en un bar en madre de dios", "17"),
        ("llegue hoy y estoy en tunbes sin plata", "24"),
        ("estoy en tumebs con mi hija", "24"),
        ("I am in Truhillo, where is a doctor", "1301"),
        ("on est arrivés à Pouno hier soir", "21"),
        ("mwen nan Tchimbote depi maten", "021801"),
        ("a gente mora em surquilho faz um mês", "150141"),
        ("sitting at the station in waraz, no data left", "0201"),
        ("ando x comas con las maletas", "150110"),
        ("necesito comida en puerto maldonado y algo de ropa", "170101"),
        ("vivo en san juan de lurigncho con mis hijos", "150132"),
    ],
)
def test_a_place_inside_a_message(text: str, code: str) -> None:
    found = BOOK.find_in_text(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "text",
    [
        "no comas eso",
        "perdí la esperanza",
        "até amanhã",
        "el señor vende lo suyo",
        "me robaron en el mercado",
        "la oficina estaba cerrado",
        "hay campaña de regularización este año",
        "la victoria de mi equipo",
        "dónde puedo pedir refugio",
        "mi hija tiene fiebre",
        "me pegué en la rodilla",
        "perdón por la hora",
        "estoy que me tiro de los pelos",
        "uma tia morrendo de fome",
        "por el MAC se saca turno",
        "llego en quince días",
        "",
    ],
)
def test_a_message_without_a_place(text: str) -> None:
    assert BOOK.find_in_text(text) is None


def test_the_words_around_a_misspelt_place_stay() -> None:
    rest = BOOK.without_place("busco comida en puerto maldonao para mi bebe")
    assert rest == "busco comida en para mi bebe"


@pytest.mark.parametrize(
    ("latitude", "longitude", "code"),
    [
        (-12.046, -77.043, "150101"),
        (-11.970, -76.990, "150132"),
        (-3.480, -80.250, "240302"),
        (-18.35, -70.33, "230111"),
        (-9.50, -76.00, "1006"),  # far from any listed district: the province
    ],
)
def test_the_nearest_area_of_a_pin(latitude: float, longitude: float, code: str) -> None:
    found = BOOK.nearest(latitude, longitude)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("pin", [(10.5, -66.9), (-33.4, -70.6), (0.0, 0.0)])
def test_a_pin_abroad_is_no_area(pin: tuple[float, float]) -> None:
    assert BOOK.nearest(*pin) is None


def test_a_pin_leaves_no_trace(caplog: pytest.LogCaptureFixture) -> None:  # HUM-04
    caplog.set_level(logging.DEBUG)
    found = BOOK.nearest(-12.0461234, -77.0431234)
    assert "0461234" not in f"{found!r}{caplog.text}{vars(BOOK)!r}"


def test_areas_within() -> None:
    assert BOOK.within("2403") == ["2403", "240301", "240302", "240303", "240304"]
    assert BOOK.within("240302") == ["240302"]
    assert BOOK.within("99") == []
    assert len([code for code in BOOK.within("1501") if len(code) == 6]) == 43
    assert len([code for code in BOOK.within("07") if len(code) == 6]) == 7
    assert len([area for area in AREAS if len(area.code) == 2]) == 25


async def test_the_book_is_the_same_from_the_database(sqlite: Database, clock: ManualClock) -> None:
    await import_content(sqlite, find_pack("peru"), clock)
    loaded = await AreaBook.load(sqlite)
    assert len(loaded) == len(BOOK)
    assert loaded.get("150132") == BOOK.get("150132")
    breña = loaded.resolve("la breña")
    assert breña is not None
    assert (breña.level, breña.parent) == (Level.DISTRICT, "1501")


@given(st.text(max_size=80))
def test_any_text_is_survived(text: str) -> None:
    assert BOOK.resolve(text) is None or BOOK.resolve(text) in BOOK._by_code.values()
    BOOK.find_in_text(text)


@given(st.text(max_size=60))
def test_spelling_is_folded_once(text: str) -> None:
    plain = normalise(text)
    assert normalise(plain) == plain
    assert fold_sounds(plain) == fold_sounds(normalise(plain.upper()))


@pytest.mark.parametrize("form", ["{}", "en {}", "EN {}", "vivo en {}", "{} "])
def test_every_area_is_found_by_its_own_name(form: str) -> None:
    for area in AREAS:
        found = BOOK.resolve(form.format(area.name))
        assert found is not None, area.name
        assert normalise(area.name) in {normalise(one) for one in (found.name, *found.aliases)}
