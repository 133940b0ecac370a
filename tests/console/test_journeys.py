"""The five journeys that the console must keep, in Chromium, by the people who walk them.

One width, language and colour scheme each. Every form is sent with the keyboard, axe reads the
pages that decide something, and the browser has nothing to complain about.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from broadcast.audience import WEEK
from hub.clock import ManualClock
from hub.staff.roles import Role
from hub.vault import Vault
from tests.browser import open_chromium
from tests.conftest import NOW
from tests.console.cases import NUMBER, WORDS, add_case, sent_words
from tests.console.conftest import ConsoleHarness
from tests.console.journeys import Seat, Site, View, open_site, sit_down
from tests.console.updates import POLICY, TEXTS, add_readers

pytestmark = pytest.mark.browser

READERS = 12
CLOSING = POLICY.closings["es"]
HEALTH = "health and nutrition"
SCHOOL = "cómo matriculo a mi hijo en el colegio"
OLD_WORDS, NEW_WORDS = "una declaración jurada.", "una declaración jurada en el mismo colegio."
OPEN_CHOICES = "document.querySelectorAll('details:not([hx-get])').forEach(it => it.open = true)"
UNVERIFIED = "nadie ha verificado este texto"
CORRECTED = {
    "es": "La feria de salud es el sábado 28 a las 9, en el coliseo y no en la plaza.",
    "en": "The health fair is on Saturday 28 at 9, at the arena and not in the square.",
}


async def settle(harness: ConsoleHarness) -> None:
    """Everybody who walks here, and the people whom updates reach."""
    for name, role, group, organisation, language in (
        ("ana", Role.AUTHOR, "education", "Organización A", "es"),
        ("vera", Role.VERIFIER, "education", "Organización B", "es"),
        ("eva", Role.AUTHOR, "protection", "Organización A", "en"),
        ("pedro", Role.APPROVER, "protection", "Organización B", "en"),
        ("elsa", Role.AUTHOR, "protection", "Organización A", "es"),
        ("paula", Role.APPROVER, "protection", "Organización B", "es"),
        ("pablo", Role.APPROVER, "protection", "Organización C", "es"),
        ("dora", Role.DESK, HEALTH, "Organización A", "es"),
        ("omar", Role.DESK, "protection", "Organización B", "en"),
        ("rita", Role.DESK, "protection", "Organización D", "es"),
    ):
        await harness.add_staff(
            name, role, sub_groups=(group,), organisation=organisation, language=language
        )
    await add_readers(harness, READERS)


@pytest.fixture(scope="module")
def site(prepared: Path, vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("journeys")
    with open_site(folder, prepared, vault, ManualClock(NOW), settle) as site:
        yield site


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


def ask(seat: Seat, question: str) -> str:
    """What the bot answers now, as the page for trying shows it."""
    seat.goes_to("/try")
    seat.writes("#text", question)
    seat.ticks('form[action="/console/try"] button[type="submit"]')
    seat.sees("#answered .said-own", question)
    return "\n".join(seat.page.locator("#answered .said-bot").all_inner_texts())


def test_an_answer_is_written_verified_and_asked(chromium: Browser, site: Site) -> None:
    # PEER-10
    view = View(1440, "light")
    ana = sit_down(chromium, site, "ana", view)
    ana.goes_to("/answers?q=matricula")
    old = ana.page.get_by_role("link", name="Matrícula escolar").get_attribute("href")
    ana.presses(f'a[href="{old}"]')
    ana.presses('a[href$="/edit"]')
    text = ana.page.input_value("#text_es")
    assert OLD_WORDS in text
    ana.writes("#text_es", text.replace(OLD_WORDS, NEW_WORDS))
    ana.checks_page()
    ana.presses('button[value="submit"]')
    ana.sees(".status-line", "En revisión")
    written = ana.page.url
    said = ask(ana, SCHOOL)
    assert OLD_WORDS in said  # nobody else has read the new words
    assert UNVERIFIED in said

    vera = sit_down(chromium, site, "vera", view)
    vera.presses('main a[href^="/console/answers?state=in_review"]')
    vera.presses(".row-link")
    assert vera.page.url == written
    vera.sees('.words[lang="es"]', NEW_WORDS)
    vera.checks_page()
    vera.presses('form[action$="/verify"] button')
    vera.sees(".status-line", "Aprobada")
    vera.checks_page()
    said = ask(vera, SCHOOL)
    assert NEW_WORDS in said
    assert UNVERIFIED not in said
    vera.sees("#why + dl", "Una respuesta verificada")
    vera.checks_page()
    for seat in (ana, vera):
        seat.leaves()


def choose_people(author: Seat) -> None:
    """The count follows each choice; in the end everybody is meant."""
    count, tumbes = (
        author.page.locator("#count"),
        author.page.locator("[name='departments'][value='24']"),
    )
    everybody, nobody = re.compile(rf"\b{READERS} pe"), re.compile(r"\b0 pe")
    author.page.evaluate(OPEN_CHOICES)
    expect(count).to_contain_text(everybody)
    spanish = author.page.locator("#without_languages input[value='es']")
    for box in (tumbes, spanish):
        box.check()
        expect(count).to_contain_text(nobody)
        box.uncheck()
        expect(count).to_contain_text(everybody)
    author.writes("#seen_within", "30")
    expect(count).to_contain_text(everybody)


def write_update(author: Seat, title: str, texts: dict[str, str], refused: str) -> None:
    """Through the form to the people who decide; with a wrong number first."""
    author.goes_to("/updates")
    author.presses('a[href="/console/updates/new"]')
    author.writes("#title", title)
    author.writes("#text_es", texts["es"])
    author.writes("#text_en", texts["en"].replace("28", "27"))
    choose_people(author)
    author.checks_page()
    author.presses('button[value="look"]')
    author.sees('[role="alert"]', refused)
    author.writes("#text_en", texts["en"])
    author.presses('button[value="look"]')
    author.sees(".ready", str(READERS))
    author.checks_page()
    author.presses('form[action$="/submit"] button')


def test_an_update_goes_from_idea_to_result_with_two_people(chromium: Browser, site: Site) -> None:
    # INV-3, INV-6, PEER-10, HUM-42
    view = View(768, "dark")
    eva = sit_down(chromium, site, "eva", view)
    write_update(eva, "Health fair", TEXTS, "The numbers differ from Español")
    eva.sees(".status-line", "Waiting for approval")
    assert eva.page.locator('form[action$="/approve"]').count() == 0  # nobody approves their own

    pedro = sit_down(chromium, site, "pedro", view)
    pedro.presses('main a[href^="/console/updates/"]')
    pedro.checks_page()
    pedro.writes("#untried", "No phone at hand today")
    pedro.presses('form[action$="/approve"] button')
    site.tick()
    pedro.sees("#live", "Starts in")
    pedro.checks_page()
    pedro.presses('form[action$="/undo"] button')
    pedro.sees(".status-line", "Draft")
    eva.page.reload()
    eva.presses('form[action$="/submit"] button')
    pedro.page.reload()
    pedro.writes("#untried", "No phone at hand today")
    pedro.presses('form[action$="/approve"] button')
    site.let_undo_pass()
    pedro.sees(".status-line", "Being sent")
    sent = site.send(READERS)
    assert len({address for address, _ in sent}) == len(sent) == READERS
    assert {text for _, text in sent} == {f"{TEXTS['es']}\n\n{CLOSING}"}
    site.tick()
    pedro.sees("#live", f"{READERS} of {READERS} people")
    pedro.checks_page()
    pedro.presses('a[href$="/results"]')
    expect(pedro.page.locator("#curve-title")).to_be_visible()
    pedro.page.evaluate(OPEN_CHOICES)
    pedro.checks_page()
    for path in ("/updates", "/updates/phone"):
        pedro.goes_to(path)
        pedro.checks_page()
    for seat in (eva, pedro):
        seat.leaves()


def test_a_wrong_update_is_stopped_and_corrected_for_whom_it_reached(
    chromium: Browser, site: Site
) -> None:
    # HUM-43, INV-6, PEER-10
    reached = READERS // 3
    site.harness.clock.advance(WEEK)  # the people had their share of the week
    view = View(1440, "dark")
    elsa = sit_down(chromium, site, "elsa", view)
    write_update(elsa, "Feria en la plaza", TEXTS, "Los números no son los de Español")
    wrong = elsa.page.url
    paula = sit_down(chromium, site, "paula", view)
    paula.page.goto(wrong)
    paula.writes("#untried", "Hoy no hay teléfono a mano")
    paula.presses('form[action$="/approve"] button')
    site.let_undo_pass()
    paula.sees(".status-line", "Enviándose")
    first = {address for address, _ in site.send(reached)}
    assert len(first) == reached
    paula.sees("#live", f"{reached} de {READERS} personas")
    paula.checks_page()
    paula.presses('form[action$="/stop"] button')
    paula.sees(".status-line", "Detenido")
    paula.sees("#live", f"{reached} de {READERS} personas")
    site.tick()
    assert not site.is_anything_left()
    paula.checks_page()

    elsa.page.goto(wrong)
    elsa.presses('form[action$="/correct"] button')
    for language, text in CORRECTED.items():
        elsa.writes(f"#text_{language}", text)
    elsa.checks_page()
    elsa.presses('button[value="look"]')
    elsa.sees(".ready", f"{reached} personas lo recibirían")
    elsa.presses('form[action$="/submit"] button')
    correction = elsa.page.url
    pablo = sit_down(chromium, site, "pablo", view)
    pablo.page.goto(correction)
    pablo.sees("#decide ~ *", f"{reached} personas lo reciben")
    pablo.checks_page()
    pablo.writes("#untried", "Hoy no hay teléfono a mano")
    pablo.presses('form[action$="/approve"] button')
    site.let_undo_pass()
    pablo.sees(".status-line", "Enviándose")
    sent = site.send(reached)
    assert not site.is_anything_left()
    assert {address for address, _ in sent} == first
    assert len(sent) == reached
    assert {text for _, text in sent} == {f"{CORRECTED['es']}\n\n{CLOSING}"}
    site.tick()
    pablo.sees("#live", f"{reached} de {reached} personas")
    pablo.presses('a[href$="/results"]')
    expect(pablo.page.locator("table tr:has(code)")).to_have_count(reached)
    pablo.page.goto(f"{wrong}/results")
    expect(pablo.page.locator("table tr:has(code)")).to_have_count(READERS)
    pablo.checks_page()
    for seat in (elsa, paula, pablo):
        seat.leaves()


def test_a_case_is_taken_passed_on_answered_and_closed(chromium: Browser, site: Site) -> None:
    # HUM-32, HUM-33, PEER-14
    case_id = site.run(lambda harness: add_case(harness, is_sensitive=True))
    here = f"/console/cases/{case_id}"
    dora = sit_down(chromium, site, "dora", View(360, "dark"))
    dora.presses('main a[href^="/console/cases"]')
    dora.checks_page()
    dora.presses(f'a[href="{here}"]')
    expect(dora.page.get_by_text(WORDS)).to_have_count(0)
    dora.checks_page()
    dora.presses('form[action$="/open"] button')
    expect(dora.page.get_by_text(WORDS)).to_be_visible()
    dora.presses('form[action$="/take"] button')
    dora.writes("#answer", "¿Te parece bien si la Organización B lee tu caso?")
    dora.presses('form[action$="/answer"] button')
    dora.page.select_option("#receiver", label="Organización B · Protección")
    dora.writes("#pass_note", "Dijo que sí. Pide asesoría legal.")
    dora.presses('form[action$="/pass-on"] button')
    dora.sees('[role="alert"]', "su sí")
    dora.checks_page()
    dora.ticks('input[name="agreed"]')
    dora.presses('form[action$="/pass-on"] button')
    expect(dora.page.locator(f'a[href="{here}"]')).to_have_count(0)

    omar = sit_down(chromium, site, "omar", View(360, "dark"))
    omar.presses('main a[href^="/console/cases"]')
    omar.presses(f'a[href="{here}"]')
    omar.sees("main", "the person agreed on")
    omar.checks_page()
    omar.presses('form[action$="/take"] button')
    omar.presses('form[action$="/open"] button')
    omar.sees("main", WORDS, "Pide asesoría legal.")
    omar.writes("#answer", "Ven mañana al local.")
    omar.presses('form[action$="/answer"] button')
    omar.sees(".timeline", "Ven mañana al local.")
    omar.checks_page()
    omar.presses('form[action$="/close"] button')
    omar.sees('[role="alert"]', "Choose what came of it")
    omar.ticks('input[name="outcome"]')
    omar.presses('form[action$="/close"] button')
    expect(omar.page.locator(f'a[href="{here}"]')).to_have_count(0)
    assert NUMBER not in omar.page.content() + dora.page.content()
    told = site.run(sent_words)
    assert any("Ven mañana al local." in one for one in told)
    for seat in (dora, omar):
        seat.leaves()


def test_a_service_is_closed_for_today_from_a_phone(chromium: Browser, site: Site) -> None:
    # HUM-25
    question, name = (
        "dónde me ayudan con el refugio en Tacna",
        "Oficina Desconcentrada de RREE, Tacna",
    )
    rita = sit_down(chromium, site, "rita", View(360, "light"))
    said = ask(rita, question)
    assert name in said
    assert "según" not in said
    rita.goes_to("/")
    rita.presses('main a[href="/console/services/today"]')
    rita.checks_page()
    rita.writes("#q", name)
    rita.presses('form[role="search"] button')
    rita.presses(".places a")
    rita.sees("h1", name)
    rita.checks_page()
    rita.presses('button[value="closed"]')
    rita.sees("main", "Organización D")
    rita.checks_page()
    assert "según Organización D" in ask(rita, question)
    rita.leaves()


def test_what_is_pressed_without_a_connection_is_sent_once_there_is_one(
    chromium: Browser, site: Site
) -> None:
    name = "ALEGRA Camaná"
    omar = sit_down(chromium, site, "omar", View(360, "dark"))
    page, context = omar.page, omar.page.context
    page.clock.install()
    omar.goes_to(f"/services/today?q={name}")
    omar.presses(".places a")
    waiting, too_late = page.locator("[data-waiting]"), page.locator("[data-too-late]")
    full = page.locator('button[value="full"]')

    context.set_offline(True)
    full.press("Enter")
    expect(waiting).to_be_visible()
    omar.checks_page()
    page.clock.fast_forward("31:00")
    context.set_offline(False)
    expect(too_late).to_be_visible()  # what was so half an hour ago is not told as what is so now
    expect(waiting).to_be_hidden()

    context.set_offline(True)
    full.press("Enter")
    expect(waiting).to_be_visible()
    expect(too_late).to_be_hidden()
    page.clock.fast_forward("05:00")
    with page.expect_navigation():
        context.set_offline(False)
    omar.sees("main", "Full", "Organización B")
    omar.leaves()
