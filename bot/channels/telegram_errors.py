"""What Telegram's refusals mean. A table; adapters and reports read it, nobody decides here."""

from bot.channels.base import ErrorMeaning, noop
from bot.messages import Fault, SendOutcome

_ACCOUNT_PAUSE = 60.0
_THROTTLE_PAUSE = 30.0  # when Telegram does not say how long

NOT_SENT = "not_sent"
IN_DOUBT = "in_doubt"
_CHAT_NOT_FOUND = "chat_not_found"
_UNKNOWN = "unknown"

_RETRY, _REJECTED = SendOutcome.RETRY, SendOutcome.REJECTED

_TABLE = {
    "400": ErrorMeaning(
        _REJECTED, Fault.CONTENT, noop("Telegram does not accept the text of this message.")
    ),
    "401": ErrorMeaning(
        _RETRY,
        Fault.ACCOUNT,
        noop("Telegram does not accept the bot's token."),
        retry_after=_ACCOUNT_PAUSE,
        freezes_channel=True,
    ),
    "403": ErrorMeaning(
        _REJECTED,
        Fault.RECIPIENT,
        noop("This person blocked the bot or left Telegram."),
        opted_out=True,
    ),
    "404": ErrorMeaning(
        _RETRY,
        Fault.ACCOUNT,
        noop("Telegram does not know this bot."),
        retry_after=_ACCOUNT_PAUSE,
        freezes_channel=True,
    ),
    "409": ErrorMeaning(
        _RETRY,
        Fault.ACCOUNT,
        noop("Another process reads the bot's messages, or a webhook is set."),
        retry_after=_ACCOUNT_PAUSE,
    ),
    "413": ErrorMeaning(_REJECTED, Fault.CONTENT, noop("The message is too large for Telegram.")),
    "429": ErrorMeaning(
        _RETRY,
        Fault.PROVIDER,
        noop("Telegram asked us to send more slowly."),
        retry_after=_THROTTLE_PAUSE,
        freezes_channel=True,
    ),
    _CHAT_NOT_FOUND: ErrorMeaning(
        _REJECTED, Fault.RECIPIENT, noop("Telegram does not know this person any more.")
    ),
    NOT_SENT: ErrorMeaning(
        _RETRY, Fault.NETWORK, noop("Telegram could not be reached. It will be tried again.")
    ),
    IN_DOUBT: ErrorMeaning(
        SendOutcome.IN_DOUBT,
        Fault.NETWORK,
        noop("Telegram did not confirm this message. It may have arrived."),
    ),
    _UNKNOWN: ErrorMeaning(
        _RETRY,
        Fault.PROVIDER,
        noop("Telegram answered in an unexpected way. It will be tried again."),
        retry_after=_ACCOUNT_PAUSE,
    ),
}

_GONE = ("chat not found", "user not found", "peer_id_invalid", "group chat was upgraded")


def code_of(status: int, description: str) -> str:
    """The table's code of a refusal.

    A refusal that is not in Telegram's own words (a proxy's page) blames nobody: reading a strange
    403 as "blocked" would opt everybody out.
    """
    if status >= 500:
        return IN_DOUBT
    if status in (401, 404, 429):
        return str(status)
    if not description:
        return _UNKNOWN
    if status == 400 and any(words in description.lower() for words in _GONE):
        return _CHAT_NOT_FOUND
    return str(status) if str(status) in _TABLE else _UNKNOWN


def explain(code: str) -> ErrorMeaning:
    return _TABLE.get(code, _TABLE[_UNKNOWN])
