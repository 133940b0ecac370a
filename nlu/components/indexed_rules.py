"""Rasa's `RulePolicy`, which finds its rules by an index.

Rasa reads every rule's JSON anew at every prediction, which with some thousand rules was three
quarters of a turn. Which rule applies is decided by Rasa's own comparison; only rules that
cannot pass it are left out before.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import (
    ACTIVE_LOOP,
    PREVIOUS_ACTION,
    SHOULD_NOT_BE_SET,
    USER,
)

_LOOKED_AT = ((PREVIOUS_ACTION, "action_name"), (USER, "intent"), (ACTIVE_LOOP, "name"))

State = dict[str, Any]
Wanted = tuple[str | None, ...]  # by the places of `_LOOKED_AT`; None where anything will do


class _Rule(NamedTuple):
    key: str
    states: list[State]  # the latest first


class _Index(NamedTuple):
    """Rules by what their latest state wants; `shapes` tell which places some rule leaves open."""

    rules: dict[Wanted, list[_Rule]]
    shapes: list[tuple[bool, ...]]

    def likely(self, state: State) -> list[_Rule]:
        """All rules that may apply to a conversation whose latest state this is."""
        holds = tuple(state.get(part, {}).get(name) for part, name in _LOOKED_AT)
        return [rule for shape in self.shapes for rule in self.rules.get(_only(shape, holds), ())]


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class IndexedRules(RulePolicy):
    """Predicts what `RulePolicy` predicts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._indices: list[tuple[dict[str, str], _Index]] = []

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        backwards = states[::-1]
        if not backwards or not backwards[0].get(PREVIOUS_ACTION):
            return super()._get_possible_keys(lookup, states)
        likely = self._index_of(lookup).likely(backwards[0])
        return {rule.key for rule in likely if self._applies(rule, backwards)}

    def _index_of(self, lookup: dict[str, str]) -> _Index:
        """The index of one of the policy's own few lookups, made when it is first used."""
        for known, index in self._indices:
            if known is lookup:
                return index
        self._indices.append((lookup, _make_index(lookup)))
        return self._indices[-1][1]

    def _applies(self, rule: _Rule, backwards: list[State]) -> bool:
        """What Rasa asks of a rule state by state, without reading it from JSON each time."""
        for held, wanted in zip(backwards, rule.states, strict=False):
            if not wanted.get(PREVIOUS_ACTION) or not held.get(PREVIOUS_ACTION):
                # Both begin a conversation, or one of them does and the other does not.
                if bool(wanted.get(PREVIOUS_ACTION)) != bool(held.get(PREVIOUS_ACTION)):
                    return False
            elif not self._does_rule_match_state(wanted, held):
                return False
        return True


def _make_index(lookup: Mapping[str, str]) -> _Index:
    rules: defaultdict[Wanted, list[_Rule]] = defaultdict(list)
    for key in lookup:
        states: list[State] = json.loads(key)[::-1]
        rules[_wanted(states[0])].append(_Rule(key, states))
    shapes = {tuple(value is not None for value in wanted) for wanted in rules}
    return _Index(dict(rules), sorted(shapes))


def _wanted(state: State) -> Wanted:
    values = (state.get(part, {}).get(name) for part, name in _LOOKED_AT)
    return tuple(value if value and value != SHOULD_NOT_BE_SET else None for value in values)


def _only(shape: tuple[bool, ...], holds: Wanted) -> Wanted:
    return tuple(value if is_asked else None for is_asked, value in zip(shape, holds, strict=True))
