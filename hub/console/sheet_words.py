"""What is wrong with a spreadsheet of services, and its columns, in the words of the console."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from content.findings import Finding
from hub.console.service_form import explain_field, text_names
from hub.i18n import Translate

_FILE = "file"


@dataclass(frozen=True, slots=True)
class Fault:
    """`row` is 0 for what is wrong with the whole file."""

    row: int
    column: str
    phrase: str


def explain_faults(findings: Sequence[Finding], _: Translate) -> list[Fault]:
    return [
        Fault(0, "", _explain(finding, _))
        if finding.field == _FILE and finding.line == 1
        else Fault(
            finding.line, "" if finding.field == _FILE else finding.field, _explain(finding, _)
        )
        for finding in findings
    ]


def _phrases(_: Translate) -> tuple[tuple[str, str], ...]:
    """By how a message begins; what none of these says is said of its column."""
    return (
        (r"is no XLSX workbook|is no workbook", _("This is no XLSX workbook. Save it as one.")),
        (r"is not UTF-8|not CSV", _("This is no XLSX and no CSV in UTF-8. Save it as XLSX.")),
        (
            r"unpacks to more",
            _("The workbook is too large when it is unpacked. It was not opened."),
        ),
        (r"holds macros", _("The workbook holds macros. Save it as XLSX without them.")),
        (r"has no sheet named", _("The workbook has no sheet with the name “services”.")),
        (r"needs 1 to \d+ columns", _("The first row must name the columns.")),
        (r"has more than \d+ rows", _("There are too many rows. Divide the file.")),
        (r"has a cell beyond", _("A cell stands beyond the named columns. Empty it.")),
        (r"this column is there twice", _("This column is there twice. Keep one.")),
        (r"unknown column", _("We do not know this column. Remove it.")),
        (
            r"lacks the columns",
            _("Columns are missing. Download the sheet again and use that one."),
        ),
        (r"holds a formula", _("It holds a formula. Write its value.")),
        (r"holds (an invisible|a control)", _("It holds an invisible character. Type it again.")),
        (r"has more than \d+ characters", _("It is too long. Shorten it.")),
        (r"is empty; fill it", _("It is empty. Fill it.")),
        (r"must be a whole number", _("Write a whole number.")),
        (r"must be small letters", _("Small letters without accents, digits and _ only.")),
        (r"must start with https", _("An address starts with https:// or http://")),
        (r".* stands in row \d+ too", _("This key stands in another row too. Keep one.")),
    )


def _explain(finding: Finding, _: Translate) -> str:
    for pattern, phrase in _phrases(_):
        if re.match(pattern, finding.message):
            return phrase
    return explain_field(finding.field, _)[1]


def column_name(column: str, languages: Mapping[str, str], _: Translate) -> str:
    """As the form of one service names it."""
    field, _dot, rest = column.partition(".")
    named = {
        **text_names(_),
        "organisation": _("Organisation"),
        "owner": _("Sub-group"),
        "area": _("District, province or department"),
        "address": _("Address"),
        "phone": _("Phone"),
        "needs": _("What people find there"),
        "opening": _("Hours for finding what is open"),
        "languages": _("Languages spoken there"),
        "rank": _("Order among equally near"),
    }
    if field == "source":
        sources = {"url": _("Web address"), "date": _("Date"), "confidence": _("Confidence")}
        return f"{_('Source')}: {sources.get(rest, _('Who told it, or where it was read'))}"
    name = named.get(field, field)
    return f"{name} ({languages.get(rest, rest)})" if rest else name
