"""A poster is one page, says what was verified and nothing else, and proves itself."""

from dataclasses import replace

import pytest

from content.poster import Poster, PosterError, make_poster
from tests.content.packs import NOW

PLAIN = Poster(
    platform="Plataforma",
    title="Cómo pedir refugio",
    text="Puedes pedir refugio. Es gratis: ¿dudas? Llama al 105.\nPèsonn pa dwe fè w peye, œuvre.",
    proof="Verificado el 1 nov 2026 por: Protección\nVálido hasta 1 may 2027\nCódigo: BC2345",
    language="es",
    link="https://hub.example/v/BC2345",
)


def test_it_is_one_page_that_leads_to_its_proof() -> None:
    made = make_poster(PLAIN, NOW)
    assert made.startswith(b"%PDF-")
    assert b"/Count 1" in made
    assert b"https://hub.example/v/BC2345" in made


def test_without_a_public_address_there_is_no_link() -> None:
    assert b"/URI" not in make_poster(replace(PLAIN, link=None), NOW)


def test_the_longest_first_message_still_fits() -> None:
    sentence = "Puedes ir sin cita a la oficina con tu documento. "
    assert b"/Count 1" in make_poster(replace(PLAIN, text=(sentence * 20)[:1000]), NOW)


def test_letters_never_get_too_small() -> None:
    with pytest.raises(PosterError, match="does not fit"):
        make_poster(replace(PLAIN, text="Una palabra y otra. " * 150), NOW)
