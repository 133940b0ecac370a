"""Services to show in the console: as a pack brings them, in review and confirmed by nobody."""

from collections.abc import Sequence

from sqlalchemy import select

from content.importing import store_pack
from content.models import Service
from content.pack import ServiceContent
from tests.console.conftest import ConsoleHarness
from tests.content.packs import make_pack, make_service

LIST = (
    make_service(
        "near",
        "150132",
        names={"es": "Oficina de Breña", "en": "Office of Breña"},
        notes={"es": "Toca el timbre.", "en": "Ring the bell."},
        source={
            "name": "Diario",
            "url": "https://example.org/s",
            "date": "2024-03",
            "confidence": "low",
        },
    ),
    make_service("border", "240302", needs=("food",), owner="protection"),
    make_service("line", None, address=None, needs=("hotline",), phone="100", hours={}),
)


async def import_services(
    console: ConsoleHarness, services: Sequence[ServiceContent] = LIST
) -> dict[str, str]:
    """Ids by key, of the newest versions."""
    async with console.database.write() as session:
        await store_pack(session, make_pack(services=tuple(services)), "cli", console.clock.now())
    return await find_ids(console)


async def find_ids(console: ConsoleHarness) -> dict[str, str]:
    async with console.database.read() as session:
        rows = await session.scalars(select(Service).order_by(Service.version))
        return {row.key: row.id for row in rows}


async def read_service(console: ConsoleHarness, service_id: str) -> Service:
    async with console.database.read() as session:
        return await session.get_one(Service, service_id)
