"""Whether a text is ours: by its code and by its words, and never by a code on other words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from content.models import Answer
from content.proof import Proof, ProofBook, Standing
from content.review import edit_answer, submit_answer, withdraw_answer
from content.rows import read_topic
from tests.content.conftest import Desk
from tests.content.packs import STEPS, make_topic

TEXT = make_topic().texts["es"]


async def recognise(desk: Desk, message: str) -> Proof | None:
    return await ProofBook(desk.database, desk.clock).recognise(message)


async def code_of(desk: Desk) -> str:
    async with desk.database.read() as session:
        code = (await desk.answer(session)).code
    assert code
    return code


async def correct(desk: Desk) -> None:
    """A second version, verified, with another hour."""
    async with desk.database.write() as session:
        row = await desk.answer(session)
        content = await read_topic(session, row)
        texts = {key: text.replace("17:00", "16:00") for key, text in content.texts.items()}
        changed = replace(content, texts=texts)
        row = await edit_answer(session, row.id, changed, desk.author, desk.clock.now())
        await submit_answer(session, row.id, desk.author, desk.clock.now())
    await desk.verify()


async def test_a_code_of_what_is_told_now(each_desk: Desk) -> None:
    await each_desk.verify()
    code = await code_of(each_desk)
    for message in (code, code.lower(), f"código {code[:3]} {code[3:]}", f"¿es cierto? {code}"):
        proof = await recognise(each_desk, message)
        assert proof is not None
        assert (proof.standing, proof.topic, proof.version) == (
            Standing.CURRENT,
            each_desk.topic,
            1,
        )
        assert (proof.owner, proof.since, proof.newer) == ("protection", None, None)


async def test_a_corrected_text_names_the_newer_one(each_desk: Desk) -> None:
    desk = each_desk
    await desk.verify()
    old = await code_of(desk)
    desk.clock.advance(timedelta(days=1))
    await correct(desk)
    for message in (old, TEXT):
        proof = await recognise(desk, message)
        assert proof is not None
        assert (proof.standing, proof.version) == (Standing.REPLACED, 1)
        assert proof.newer == await code_of(desk)
        assert proof.since == desk.clock.now().date()


async def test_what_is_over_or_withdrawn_is_being_checked(desk: Desk) -> None:
    await desk.verify()
    code = await code_of(desk)
    desk.clock.advance(timedelta(days=181))
    proof = await recognise(desk, code)
    assert proof is not None
    assert proof.standing is Standing.CHECKED
    assert proof.since == proof.valid_until
    async with desk.database.write() as session:
        row = await desk.answer(session)
        await withdraw_answer(session, row.id, desk.verifier, desk.clock.now())
    proof = await recognise(desk, code)
    assert proof is not None
    assert proof.standing is Standing.CHECKED


@pytest.mark.parametrize(
    ("message", "standing"),
    [
        (TEXT, Standing.CURRENT),
        (TEXT.upper().replace("\n", "  "), Standing.CURRENT),
        (make_topic().texts["ht"], Standing.CURRENT),
        (STEPS[0].texts["es"], Standing.CURRENT),
        (TEXT.split("\n")[1], Standing.CURRENT),  # a part of it
        (f"Miren esto:\n\n{TEXT}\n\nFuente: Diario, 2026\nVálido hasta el 21 may 2027", None),
        (TEXT.replace("Es gratis", "Cuesta 50 soles"), Standing.ALTERED),
        (TEXT.replace("105", "999"), Standing.ALTERED),
        (TEXT.replace("Nadie puede", "Alguien puede"), Standing.ALTERED),
        (f"{TEXT}\nPaga aquí: 987654321", Standing.ALTERED),
        (f"{TEXT}\nInscríbete en https://refugio-peru.com", Standing.ALTERED),
        (TEXT + " cuéntale a todos tus amigos" * 20, Standing.ALTERED),
    ],
)
async def test_a_pasted_text(desk: Desk, message: str, standing: Standing | None) -> None:
    await desk.verify()
    proof = await recognise(desk, message)
    assert proof is not None
    assert proof.standing is (standing or Standing.CURRENT)
    assert proof.topic == desk.topic


async def test_our_code_under_other_words_vouches_for_the_code_only(desk: Desk) -> None:
    await desk.verify()
    lie = "Desde mañana todos los venezolanos tienen que pagar una multa nueva en el banco"
    proof = await recognise(desk, f"{lie}. Código: {await code_of(desk)}")
    assert proof is not None
    assert not proof.by_words
    proof = await recognise(desk, TEXT)
    assert proof is not None
    assert proof.by_words


async def test_an_answer_and_its_steps_pasted_together_are_ours(desk: Desk) -> None:
    await desk.verify()
    pasted = "\n\n".join([TEXT, *(step.texts["es"] for step in STEPS)])
    proof = await recognise(desk, pasted)
    assert proof is not None
    assert (proof.standing, proof.by_words) == (Standing.CURRENT, True)


@pytest.mark.parametrize("message", ["7KH3PX", "codigo 7kh-3px", "¿es de ustedes 7KH3PX?"])
async def test_a_code_that_nobody_gave_is_unknown(desk: Desk, message: str) -> None:
    assert await recognise(desk, message) == Proof(Standing.UNKNOWN, "7KH3PX")


@pytest.mark.parametrize(
    "message",
    [
        "hola",
        "¿cómo pido refugio en la oficina?",
        "mi código de cita es 7KH3PX y no sé a qué oficina debo ir mañana",
        "Soy de Venezuela, llegué hace dos meses por Tumbes y quiero saber cómo pedir refugio aquí",
        "0800-15170",
    ],
)
async def test_a_question_is_no_proof(desk: Desk, message: str) -> None:
    await desk.verify()
    assert await recognise(desk, message) is None


async def test_a_draft_is_not_ours_yet(desk: Desk) -> None:
    assert await recognise(desk, TEXT) is None


async def test_the_shelf_follows_the_content(desk: Desk) -> None:
    book = ProofBook(desk.database, desk.clock)
    assert await book.recognise(TEXT) is None
    await desk.verify()
    proof = await book.recognise(TEXT)
    assert proof is not None
    assert proof.standing is Standing.CURRENT


async def test_a_message_waits_for_no_texts_that_were_read_before(desk: Desk) -> None:
    await desk.verify()
    book = ProofBook(desk.database, desk.clock)
    await book.prepare()
    said: list[str] = []
    engine = desk.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    assert await book.recognise("no llegué " * 20) is None
    assert not [statement for statement in said if "answer_texts" in statement]
    proof = await book.recognise(TEXT)
    assert proof is not None
    assert proof.standing is Standing.CURRENT


async def test_codes_are_found_one_by_one(desk: Desk) -> None:
    book = ProofBook(desk.database, desk.clock)
    assert await book.find("7KH3PX") is None
    await desk.verify()
    proof = await book.find(await code_of(desk))
    assert proof is not None
    async with desk.database.write() as session:
        other = await session.get(Answer, (await desk.answer(session, "work.rights")).id)
        assert other is not None
        assert other.code is None
