"""One person behind every spelling of a number, and two people behind two numbers (PEER-15)."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import _PLAIN, canonical, person_index, suppression_index
from hub.vault import Vault

VAULT = Vault.generate()
SAME = {
    "mexico": ["+5215512345678", "+525512345678", "005215512345678", "52 1 55 1234 5678"],
    "argentina": ["+5491123456789", "+541123456789", "whatsapp:+5491123456789"],
    "brazil": ["+5511987654321", "+551187654321", "00 55 11 98765 4321"],
    "peru": ["+51987654321", "51987654321", "0051987654321", "whatsapp:+51 987 654 321"],
}


@pytest.mark.parametrize("country", SAME)
def test_all_spellings_meet(country: str) -> None:
    # PEER-15
    assert len({person_index(VAULT, "whatsapp", spelling) for spelling in SAME[country]}) == 1
    assert len({suppression_index(VAULT, "whatsapp", each) for each in SAME[country]}) == 1


def test_different_people_stay_different() -> None:
    # PEER-15
    numbers = [spellings[0] for spellings in SAME.values()]
    numbers += ["+51987654322", "+5215512345679", "+5491123456780", "+5511987654320"]
    assert len({canonical("whatsapp", number) for number in numbers}) == len(numbers)


@given(st.integers(900_000_000, 999_999_999), st.integers(900_000_000, 999_999_999))
def test_two_peruvian_numbers_meet_only_if_they_are_one(one: int, two: int) -> None:
    first, second = (canonical("whatsapp", f"+51{number}") for number in (one, two))
    assert (first == second) is (one == two)


@given(st.from_regex(_PLAIN, fullmatch=True))
def test_what_is_not_looked_into_is_spelled_as_the_library_spells_it(number: str) -> None:
    parsed = phonenumbers.parse(number)
    national = phonenumbers.national_significant_number(parsed)
    assert canonical("whatsapp", number) == f"whatsapp:+{parsed.country_code}{national}"


@given(st.text(max_size=40))
def test_no_address_is_too_odd(address: str) -> None:
    # SEC-40
    for channel in ("whatsapp", "telegram", "simulator.whatsapp", "ask"):
        found = canonical(channel, address.encode("utf-8", "replace").decode())
        assert found.startswith(f"{channel}:")
        person_index(VAULT, channel, found)


def test_channels_and_purposes_do_not_meet() -> None:
    # SEC-76
    number = "+51987654321"
    found = {
        person_index(VAULT, "whatsapp", number),
        person_index(VAULT, "telegram", number),
        suppression_index(VAULT, "whatsapp", number),
        suppression_index(VAULT, "telegram", number),
    }
    assert len(found) == 4
