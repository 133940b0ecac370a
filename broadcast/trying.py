"""Test sends (HUM-42): exactly the stored words, marked as a test, to a phone of one's own.

A phone counts once the code that was sent to it was typed in the console, so that nobody sends
tests to somebody else. Nothing here touches the ledger of deliveries.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.addresses import person_index
from bot.channels.registry import TESTING
from bot.messages import Outbound
from bot.models import Address
from bot.outbox import new_reply
from broadcast.errors import UpdateError
from broadcast.models import Trial, TrialPhone
from broadcast.policy import Policy
from broadcast.versions import find_update, read_texts, short_code, template_of
from hub.database import insert_if_new
from hub.i18n import noop
from hub.staff.audit import record_act
from hub.vault import Vault

CODE_LASTS = timedelta(minutes=10)
_MOST_TRIES = 5
_MOST_PHONES = 3
_MARK = "[PRUEBA · TEST · {language}]\n"


class UnknownPhoneError(UpdateError):
    staff_text = noop("Write to the bot from this phone first; then it can be found.")


class NoPhoneError(UpdateError):
    staff_text = noop("Register a phone of your own for tests first.")


class WrongCodeError(UpdateError):
    staff_text = noop("This is not the code, or its time is over. Ask for another one.")


async def ask_for_phone(
    session: AsyncSession, vault: Vault, staff_id: str, channel: str, spelled: str, now: datetime
) -> None:
    """Send a code to the phone; raise `UnknownPhoneError` if it never wrote to the bot."""
    index = person_index(vault, channel, spelled)
    address = await session.scalar(select(Address).where(Address.index == index))
    if address is None or address.blocked_at is not None:
        raise UnknownPhoneError(staff_id)
    code = f"{secrets.randbelow(1_000_000):06}"
    await session.execute(
        delete(TrialPhone).where(
            TrialPhone.staff_id == staff_id, TrialPhone.address_id == address.id
        )
    )
    session.add(
        TrialPhone(
            staff_id=staff_id,
            address_id=address.id,
            code_hash=_hash(staff_id, code),
            tries=0,
            asked_at=now,
        )
    )
    _queue(session, vault, address, [f"Código · code: {code}"], now)
    await session.flush()


async def confirm_phone(session: AsyncSession, staff_id: str, code: str, now: datetime) -> bool:
    """Whether the code is right. A wrong one is counted, so the caller commits either way."""
    query = (
        select(TrialPhone)
        .where(TrialPhone.staff_id == staff_id, TrialPhone.code_hash.is_not(None))
        .order_by(TrialPhone.asked_at.desc())
        .limit(1)
    )
    row = await session.scalar(query.with_for_update())
    if row is None or row.tries >= _MOST_TRIES or now - row.asked_at > CODE_LASTS:
        return False
    row.tries += 1
    if not hmac.compare_digest(row.code_hash or "", _hash(staff_id, code)):
        return False
    row.code_hash, row.confirmed_at = None, now
    await record_act(session, now, staff_id, "register_phone", "staff", staff_id)
    return True


async def register_test_contact(
    session: AsyncSession, staff_id: str, address_id: str, now: datetime
) -> None:
    """The member's own test contact needs no code: nobody else can be behind it."""
    session.add(
        TrialPhone(
            staff_id=staff_id,
            address_id=address_id,
            tries=0,
            asked_at=now,
            confirmed_at=now,
        )
    )
    await session.flush()


async def list_phones(session: AsyncSession, staff_id: str) -> Sequence[str]:
    """The channels of this member's phones."""
    query = select(Address.channel).join(TrialPhone, TrialPhone.address_id == Address.id)
    confirmed = TrialPhone.confirmed_at.is_not(None)
    return (await session.scalars(query.where(TrialPhone.staff_id == staff_id, confirmed))).all()


async def forget_phones(session: AsyncSession, staff_id: str) -> None:
    """Real ones only: the test contact ends where it is played."""
    of_tests = select(Address.id).where(Address.channel.in_(list(TESTING)))
    real = TrialPhone.address_id.not_in(
        of_tests.where(Address.id == TrialPhone.address_id).correlate(TrialPhone)
    )
    mine = TrialPhone.staff_id == staff_id
    await session.execute(
        delete(TrialPhone).where(mine, real).execution_options(synchronize_session=False)
    )


async def try_update(
    session: AsyncSession,
    vault: Vault,
    policy: Policy,
    update_id: str,
    *,
    staff_id: str,
    now: datetime,
) -> int:
    """Send every language of the stored version to the member's phones; how many messages."""
    row = await find_update(session, update_id)
    query = (
        select(Address)
        .join(TrialPhone, TrialPhone.address_id == Address.id)
        .where(TrialPhone.staff_id == staff_id, TrialPhone.confirmed_at.is_not(None))
        .order_by(TrialPhone.confirmed_at.desc())
        .limit(_MOST_PHONES)
    )
    phones = (await session.scalars(query)).all()
    if not phones:
        raise NoPhoneError(staff_id)
    number = 0
    for address in phones:
        texts = await _write(session, update_id, policy.text_lengths.get(address.channel))
        _queue(session, vault, address, texts, now)
        number += len(texts)
    await insert_if_new(
        session,
        Trial,
        update_id=row.id,
        content_hash=row.content_hash,
        staff_id=staff_id,
        at=now,
    )
    code = short_code(row.content_hash)
    await record_act(
        session, now, staff_id, "try", "update", row.id, version=row.version, code=code
    )
    return number


async def _write(session: AsyncSession, update_id: str, longest: int | None) -> list[str]:
    """Each text behind its mark; the mark goes ahead by itself where both would be too long."""
    written: list[str] = []
    for language, words in sorted((await read_texts(session, update_id)).items()):
        template = template_of(words)
        for text in (words.as_sent, *([template.text] if template else [])):
            mark = _MARK.format(language=language)
            fits = longest is None or len(mark) + len(text) <= longest
            written += [mark + text] if fits else [mark.strip(), text]
    return written


def _queue(
    session: AsyncSession, vault: Vault, address: Address, texts: Sequence[str], now: datetime
) -> None:
    for part, text in enumerate(texts):
        session.add(
            new_reply(
                vault,
                contact_id=address.contact_id,
                address_id=address.id,
                channel=address.channel,
                inbound_id=None,
                part=part,
                message=Outbound(text),
                content=[],
                repeat_in_doubt=False,
                now=now,
            )
        )


def _hash(staff_id: str, code: str) -> str:
    return hashlib.sha256(f"{staff_id}:{code}".encode()).hexdigest()
