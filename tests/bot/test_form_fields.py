"""The hub's forms and Rasa's are the same: fields, values and what begins each."""

import ast

import pytest
import yaml

from bot import form_fields
from tests.i18n.catalogues import ROOT

_DOMAIN = yaml.safe_load((ROOT / "nlu" / "domain.yml").read_text(encoding="utf8"))


def _choices() -> dict[str, str]:
    """`CHOICES` of Rasa's side, as source: its environment is another one."""
    tree = ast.parse((ROOT / "nlu" / "turn_request.py").read_text(encoding="utf8"))
    found = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "CHOICES"
    )
    assert isinstance(found, ast.Dict)
    return {
        ast.literal_eval(key): ast.unparse(value)
        for key, value in zip(found.keys, found.values, strict=True)
        if key is not None
    }


@pytest.mark.parametrize("form", sorted(form_fields.FIELDS))
def test_a_form_asks_the_same_fields(form: str) -> None:
    assert _DOMAIN["forms"][form]["required_slots"] == list(form_fields.FIELDS[form])


def test_every_beginning_is_an_intent() -> None:
    intents = set(_DOMAIN["intents"])
    assert set(form_fields.BEGINS) | set(form_fields.BEGUN_BY.values()) <= intents
    for field, intent in form_fields.BEGUN_BY.items():
        assert field in form_fields.FIELDS[form_fields.BEGINS[intent]]


@pytest.mark.parametrize("field", sorted(form_fields.VALUES))
def test_every_value_on_a_button_is_taken(field: str) -> None:
    source = _choices()[field]
    named = {"FAMILIES"} if "FAMILIES" in source else set()
    values = set() if named else set(form_fields.VALUES[field])
    assert all(repr(value) in source for value in values)
    if named:
        assert set(form_fields.VALUES[field]) <= {*form_fields.FAMILIES, "other"}


@pytest.mark.parametrize("field", form_fields.WORDS)
def test_somebodys_words_are_never_a_value(field: str) -> None:
    # SEC-66
    assert _choices()[field] == "frozenset({'said'})"
    mappings = _DOMAIN["slots"][field]["mappings"]
    assert {each["type"] for each in mappings} == {"from_entity", "from_intent"}
