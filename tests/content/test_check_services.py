"""What is wrong in `services.yml` is named with line, service, field and the mend."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from content.check import check_pack
from tests.content.packs import make_pack, make_service, write


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"opening": ("lun-vie 08:00-17:00",)}, "opening", "'lun' is no day"),
        ({"opening": ("8 a 5",)}, "opening", "write `mon-fri 08:30-17:00`"),
        ({"opening": ("mon 08:00-17:00",), "hours": {}}, "opening", "people read `hours`"),
        ({"names": {"es": "Oficina"}}, "name", "needs at least es and en"),
        ({"bring": {"es": "tu carné"}}, "bring", "needs at least es and en"),
        ({"serves": {"es": "x" * 91, "en": "x"}}, "serves.es", "has 91 characters; at most 90"),
        ({"needs": ("love",)}, "needs", "unknown need 'love'"),
        ({"owner": "nobody"}, "owner", "unknown sub-group 'nobody'"),
        ({"area": "999999"}, "area", "no area '999999'"),
        (
            {"names": {"es": "Hogar de Refugio Temporal", "en": "Home"}},
            "address",
            "never published",
        ),
        ({"organisation": "Aldea infantil Sol"}, "address", "never published"),
    ],
)
def test_each_fault_names_its_line_and_mend(
    tmp_path: Path, changes: dict[str, Any], field: str, message: str
) -> None:
    good, bad = make_service("aaa", "150132"), replace(make_service("bad", "24"), **changes)
    folder = write(tmp_path, make_pack(services=(good, bad)))
    result = check_pack(folder)
    assert result.pack is None
    finding = max(one for one in result.findings if one.severity == "error")
    assert (finding.path, finding.field) == ("services.yml", f"bad.{field}")
    assert message in finding.message
    lines = (folder / "services.yml").read_text(encoding="utf8").splitlines()
    begins = next(number for number, line in enumerate(lines, 1) if "key: bad" in line)
    assert finding.line >= begins


def test_opening_serves_and_bring_survive_the_file(tmp_path: Path) -> None:
    full = make_service(
        "full",
        "150132",
        opening=("mon-fri 08:30-17:00", "sat 22:00-02:00"),
        serves={"es": "familias", "en": "families"},
        bring={"es": "carné: si tienes", "en": "card, if any"},
        languages=("es", "ht"),
    )
    result = check_pack(write(tmp_path, make_pack(services=(full,))))
    assert result.pack is not None
    [read] = result.pack.services
    assert read == full
    assert read.digest() != make_service("full", "150132").digest()
