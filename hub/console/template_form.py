"""The part of an update's form about WhatsApp templates: one used before, or another one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from broadcast.templates import Template

_SHOWN = 70  # characters of a template's body, to tell it from others


@dataclass(frozen=True)
class TypedTemplate:
    """A template as typed: `fillings` has one line for each gap, the first for {{1}}. `picked` is
    the id of one used before, whose body then counts."""

    sid: str = ""
    body: str = ""
    fillings: str = ""
    picked: str = ""

    @classmethod
    def show(cls, template: Template) -> "TypedTemplate":
        order = sorted(template.variables, key=int)
        return cls(template.sid, template.body, "\n".join(template.variables[n] for n in order))

    def read(self) -> Template:
        lines = [line.strip() for line in self.fillings.splitlines() if line.strip()]
        return Template(self.sid, self.body, {str(n): line for n, line in enumerate(lines, 1)})


def type_templates(
    languages: Sequence[str], typed: Callable[[str], str]
) -> dict[str, TypedTemplate]:
    all_typed = {
        name: TypedTemplate(
            typed(f"template_sid_{name}"),
            typed(f"template_{name}").replace("\r\n", "\n"),
            typed(f"template_fillings_{name}"),
            typed(f"template_pick_{name}"),
        )
        for name in languages
    }
    return {name: each for name, each in all_typed.items() if each != TypedTemplate()}


def fetch_picked(
    typed: Mapping[str, TypedTemplate], known: Mapping[str, Sequence[Template]]
) -> dict[str, TypedTemplate]:
    """With id and body of what was picked from the list."""
    found = dict(typed)
    for language, each in typed.items():
        for template in known.get(language, ()):
            if each.picked == template.sid:
                found[language] = replace(each, sid=template.sid, body=template.body)
    return found


def mark_picked(
    typed: Mapping[str, TypedTemplate], known: Mapping[str, Sequence[Template]]
) -> dict[str, TypedTemplate]:
    """A stored template that is in the list, word for word, is shown as picked from it."""
    found = dict(typed)
    for language, each in typed.items():
        for template in known.get(language, ()):
            if (each.sid, each.body) == (template.sid, template.body):
                found[language] = replace(each, picked=template.sid)
    return found


def list_options(known: Mapping[str, Sequence[Template]]) -> dict[str, list[tuple[str, str]]]:
    """By language, pairs of id and the beginning of the body."""
    return {
        language: [(one.sid, _shorten(one.body)) for one in templates]
        for language, templates in known.items()
    }


def _shorten(body: str) -> str:
    line = " ".join(body.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
