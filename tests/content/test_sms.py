"""One SMS holds whole sentences of the verified text only, in letters that every telephone has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.sentences import split_sentences
from content.sms import LONGEST, SmsError, measure, to_gsm, to_sms

MORE = "Información: https://hub.example/v/BC2345"


def test_the_beginning_a_contact_and_where_the_rest_is() -> None:
    text = (
        "Es gratis. Puedes ir sin cita a la oficina de tu distrito con tu documento, o con la "
        "copia que tengas. Nadie puede pedirte dinero. Llama al (01) 200-1000."
    )
    said = to_sms(text, MORE)
    assert said == ("Es gratis. Llama al (01) 200-1000. Informacion: https://hub.example/v/BC2345")


def test_letters_that_the_alphabet_lacks_lose_their_accent_only() -> None:
    assert to_gsm("“Não” – ñandú, ¿qué?") == '"Nao" - ñandu, ¿qué?'
    with pytest.raises(SmsError, match="not in the alphabet"):
        to_gsm("Привет")


def test_a_sentence_is_never_cut() -> None:
    with pytest.raises(SmsError, match="does not fit"):
        to_sms("Esto no cabe " * 14 + ".", MORE)


words = st.text("abc é€ñ08", min_size=1, max_size=50)


@given(st.lists(words.filter(lambda text: any(letter.isalnum() for letter in text)), min_size=1))
def test_it_fits_and_says_nothing_else(sentences: list[str]) -> None:
    text = ". ".join(sentences) + "."
    try:
        said = to_sms(text, MORE)
    except SmsError:
        return
    assert measure(said) <= LONGEST
    rest = said.removesuffix(to_gsm(MORE))
    assert rest != said
    # The longest first: a short one may also stand inside of another.
    for sentence in sorted(split_sentences(text), key=len, reverse=True):
        rest = rest.replace(to_gsm(" ".join(sentence.split())), "", 1)
    assert not rest.strip(" .")
