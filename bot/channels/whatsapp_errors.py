"""What Twilio's error codes mean on WhatsApp, in its answers and in its status callbacks alike.

A table, after Twilio's error pages; adapters and reports read it, nobody decides here.
"""

from bot.channels.base import ErrorMeaning, noop
from bot.messages import Fault, SendOutcome

_PAUSE = 60.0
NOT_SENT = "not_sent"
IN_DOUBT = "in_doubt"
THROTTLED = "20429"
_AUTHENTICATION = "20003"


def _recipient(staff_text: str, *, opted_out: bool = False) -> ErrorMeaning:
    return ErrorMeaning(SendOutcome.REJECTED, Fault.RECIPIENT, staff_text, opted_out=opted_out)


def _content(staff_text: str) -> ErrorMeaning:
    return ErrorMeaning(SendOutcome.REJECTED, Fault.CONTENT, staff_text)


def _account(staff_text: str) -> ErrorMeaning:
    """The message is not at fault: the channel waits for a person to put the account right."""
    return ErrorMeaning(
        SendOutcome.RETRY, Fault.ACCOUNT, staff_text, retry_after=_PAUSE, freezes_channel=True
    )


def _throttled(staff_text: str) -> ErrorMeaning:
    return ErrorMeaning(
        SendOutcome.RETRY, Fault.PROVIDER, staff_text, retry_after=_PAUSE / 2, freezes_channel=True
    )


def _provider(staff_text: str) -> ErrorMeaning:
    return ErrorMeaning(SendOutcome.RETRY, Fault.PROVIDER, staff_text, retry_after=_PAUSE)


_WRONG_NUMBER = _recipient(noop("This number is not valid, or not on WhatsApp."))
_WRONG_CONTENT = _content(noop("WhatsApp does not accept the content of this message."))
_TOO_LONG = _content(noop("The message is longer than WhatsApp allows."))
_EMPTY = _content(noop("The message is empty."))
_TEMPLATE = _content(noop("The WhatsApp template is missing, or its variables do not fit."))
_TEMPLATE_STOPPED = _content(noop("WhatsApp has rejected, paused or disabled the template."))
_SENDER = _account(noop("Our WhatsApp number is not set up correctly at Twilio."))
_ACCESS = _account(noop("Twilio does not accept our account or its token."))
_QUEUE = _throttled(noop("Our messages are piling up at Twilio."))
_FAILURE = _provider(noop("WhatsApp or Twilio had a failure of its own."))

_TABLE = {
    _AUTHENTICATION: _ACCESS,
    "20005": _ACCESS,  # account suspended or closed
    "20404": _ACCESS,
    "20422": _WRONG_CONTENT,
    THROTTLED: _throttled(noop("Twilio asked us to send more slowly.")),
    "14101": _WRONG_NUMBER,
    "14103": _WRONG_CONTENT,
    "21211": _WRONG_NUMBER,
    "21217": _WRONG_NUMBER,
    "21401": _WRONG_NUMBER,
    "21612": _WRONG_NUMBER,
    "21614": _WRONG_NUMBER,
    "21610": _recipient(noop("This person wrote STOP to WhatsApp messages."), opted_out=True),
    "21602": _EMPTY,
    "21619": _EMPTY,
    "21617": _TOO_LONG,
    "21658": _TOO_LONG,
    "21654": _TEMPLATE,
    "21656": _TEMPLATE,
    "21212": _SENDER,
    "21603": _SENDER,
    "21606": _SENDER,
    "21609": _account(noop("Twilio does not accept the hub's public address.")),
    "21910": _SENDER,
    "21611": _QUEUE,
    "30001": _QUEUE,
    "30036": _provider(noop("The message waited too long at Twilio and was dropped.")),
    "30410": _FAILURE,
    "63001": _SENDER,
    "63002": _SENDER,
    "63003": _WRONG_NUMBER,
    "63005": _WRONG_CONTENT,
    "63007": _SENDER,
    "63008": _SENDER,
    "63009": _FAILURE,
    "63010": _FAILURE,
    "63012": _FAILURE,
    "63013": _account(noop("WhatsApp says that a message breaks its rules.")),
    "63014": _recipient(noop("This person blocked our WhatsApp number."), opted_out=True),
    "63015": _recipient(noop("The WhatsApp sandbox reaches only numbers that joined it.")),
    "63016": _recipient(
        noop("This person last wrote more than 24 hours ago; only a template may be sent.")
    ),
    "63018": _throttled(noop("We reached WhatsApp's limit of messages or of recipients a day.")),
    "63021": _WRONG_CONTENT,
    "63023": _FAILURE,
    "63024": _WRONG_NUMBER,
    "63027": _TEMPLATE,
    "63028": _TEMPLATE,
    "63030": _WRONG_CONTENT,
    "63032": _recipient(noop("WhatsApp does not deliver messages like this to this person now.")),
    "63038": _throttled(noop("The account reached Twilio's limit of messages a day.")),
    "63040": _TEMPLATE_STOPPED,
    "63041": _TEMPLATE_STOPPED,
    "63042": _TEMPLATE_STOPPED,
    "63049": _recipient(noop("WhatsApp chose not to deliver this message to this person.")),
    NOT_SENT: ErrorMeaning(
        SendOutcome.RETRY,
        Fault.NETWORK,
        noop("Twilio could not be reached. It will be tried again."),
    ),
    IN_DOUBT: ErrorMeaning(
        SendOutcome.IN_DOUBT,
        Fault.NETWORK,
        noop("Twilio did not confirm this message. It may have arrived."),
    ),
}

_UNKNOWN = _provider(noop("WhatsApp did not deliver this message, for a reason we do not know."))


def explain(code: str) -> ErrorMeaning:
    """Unknown codes blame nobody: the person is not opted out and the channel goes on."""
    return _TABLE.get(code, _UNKNOWN)


def explain_refusal(status: int, code: str | None) -> tuple[str, ErrorMeaning]:
    """The code to record and its meaning, for an answer with a status of 400 to 499."""
    if code in _TABLE:
        return code, _TABLE[code]
    if status == 429:
        return THROTTLED, _TABLE[THROTTLED]
    if status in (401, 403, 404):
        return code or str(status), _ACCESS
    if code is not None and status in (400, 413, 422):
        return code, _WRONG_CONTENT
    return code or str(status), _UNKNOWN
