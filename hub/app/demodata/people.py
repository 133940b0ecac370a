"""Made-up people in their tables: contact, address, consent and the name that Rasa knows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.addresses import person_index, suppression_index
from bot.contacts import CONSENT_TEXT_VERSION
from bot.form_fields import FAMILIES, SUB_GROUPS
from bot.models import Address, ConsentEvent, Contact, Conversation, Suppression
from hub.app.demodata.bulk import Row, derive_id, insert_bulk
from hub.app.demodata.crowd import Crowd, moment
from hub.vault import Vault

_SHARE_LEFT = 0.12  # of those who get no updates: they had asked for them, and stopped
_SHARE_BLOCKED = 0.04
_SHARE_CHOSE_INTERESTS = 0.4
_OF_CONTACTS = (
    "id",
    "language",
    "area",
    "interests",
    "noticed_at",
    "created_at",
    "last_seen_at",
)
_OF_ADDRESSES = (
    "id",
    "contact_id",
    "channel",
    "address_index",
    "address_sealed",
    "opted_in_at",
    "blocked_at",
    "last_inbound_at",
)
_OF_CONSENTS = (
    "contact_id",
    "address_id",
    "channel",
    "event",
    "text_version",
    "language",
    "at",
)
_OF_SUPPRESSIONS = ("suppression_index", "at")
_OF_CONVERSATIONS = ("contact_id", "tracker_id", "updated_at")
_INTERESTS = [list(SUB_GROUPS[family]) for family in FAMILIES]


async def add_people(session: AsyncSession, vault: Vault, crowd: Crowd) -> None:
    await insert_bulk(session, Contact, _OF_CONTACTS, _contacts(crowd))
    await insert_bulk(session, Address, _OF_ADDRESSES, _addresses(vault, crowd))
    await insert_bulk(session, ConsentEvent, _OF_CONSENTS, _consents(crowd))
    await insert_bulk(session, Suppression, _OF_SUPPRESSIONS, _suppressions(vault, crowd))
    await insert_bulk(session, Conversation, _OF_CONVERSATIONS, _conversations(crowd))


def _contacts(crowd: Crowd) -> Iterator[Row]:
    chance = Random(f"{crowd.seed} interests")  # noqa: S311
    for number in range(crowd.size):
        chose = crowd.is_in[number] and chance.random() < _SHARE_CHOSE_INTERESTS
        first = moment(crowd.wrote_first[number])
        yield (
            crowd.contact_id(number),
            crowd.language_of(number),
            crowd.area_of(number),
            chance.choice(_INTERESTS) if chose else [],
            first,
            first,
            moment(crowd.wrote_last[number]),
        )


def _addresses(vault: Vault, crowd: Crowd) -> Iterator[Row]:
    for number in range(crowd.size):
        row_id, channel, spelled = (
            crowd.address_id(number),
            crowd.channel_of(number),
            crowd.spell_address(number),
        )
        last = moment(crowd.wrote_last[number])
        yield (
            row_id,
            crowd.contact_id(number),
            channel,
            person_index(vault, channel, spelled),
            vault.seal("addresses", "address", row_id, spelled),
            _asked_at(crowd, number) if crowd.is_in[number] else None,
            last if _has_blocked(crowd, number) else None,
            last,
        )


def _consents(crowd: Crowd) -> Iterator[Row]:
    for number in range(crowd.size):
        who = (crowd.contact_id(number), crowd.address_id(number), crowd.channel_of(number))
        words = (CONSENT_TEXT_VERSION, crowd.language_of(number))
        has_left = _has_left(crowd, number)
        if crowd.is_in[number] or has_left:
            yield (*who, "opt_in", *words, _asked_at(crowd, number))
        if has_left:
            event = "blocked" if _has_blocked(crowd, number) else "opt_out"
            yield (*who, event, *words, moment(crowd.wrote_last[number]))


def _asked_at(crowd: Crowd, number: int) -> datetime:
    return moment(crowd.wrote_first[number]) + timedelta(minutes=1)


def _has_left(crowd: Crowd, number: int) -> bool:
    return not crowd.is_in[number] and _lot(crowd, number) < _SHARE_LEFT


def _has_blocked(crowd: Crowd, number: int) -> bool:
    return not crowd.is_in[number] and _lot(crowd, number) < _SHARE_BLOCKED


def _lot(crowd: Crowd, number: int) -> float:
    """The same number between 0 and 1 whenever it is asked for."""
    return int(derive_id(crowd.seed, "lot", number)[:8], 16) / 0xFFFFFFFF


def _suppressions(vault: Vault, crowd: Crowd) -> Iterator[Row]:
    for number in range(crowd.size):
        if _has_left(crowd, number):
            channel, spelled = crowd.channel_of(number), crowd.spell_address(number)
            yield suppression_index(vault, channel, spelled), moment(crowd.wrote_last[number])


def _conversations(crowd: Crowd) -> Iterator[Row]:
    for number in range(crowd.size):
        tracker = derive_id(crowd.seed, "tracker", number)
        yield crowd.contact_id(number), tracker, moment(crowd.wrote_last[number])
