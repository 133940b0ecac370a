"""The composition root: builds every part once and hands each what it needs."""

import base64
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.answering import Answering
from bot.awaiting import AwaitedBook, Awaiting
from bot.case_answers import CaseAnswers
from bot.cases import CaseBook
from bot.channels.base import Channel
from bot.channels.nowhere import Nowhere
from bot.channels.registry import SIMULATED, TESTING
from bot.channels.simulator import Simulator
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.commanding import Commanding
from bot.commands import find_command
from bot.contacts import check_keys
from bot.conversation import Conversation, Thresholds
from bot.danger import find_danger
from bot.duty import Duty, ReadRoster, no_roster
from bot.form_walking import FormWalker
from bot.forms import Forms
from bot.helping import Helping
from bot.inbox import Inbox
from bot.lanes import LEASE, SHORT_LEASE, Lane
from bot.language import detect_language
from bot.lexical import LearningMatcher
from bot.messages import Coordinates
from bot.needs import CLEAR, find_need
from bot.outbox import Outbox
from bot.own_time import OwnTime
from bot.pace import Pace
from bot.proving import Proving
from bot.published import PublishedPhones
from bot.rasa import RasaClient
from bot.rehearsing import Rehearser
from bot.rostering import RosterBook
from bot.sender import Sender
from bot.speaking import Speaking
from bot.tally import Tally
from bot.turns import Turns
from bot.understanding import Breaker, Understander
from broadcast.deliveries import Deliveries
from broadcast.full_text import FullTexts
from broadcast.policy import Policy
from content.answers import AnswerBook
from content.areas import AreaBook
from content.opening import OpeningError, read_opening
from content.proof import ProofBook
from content.recordings import Recordings
from content.services import ServiceBook
from content.speech import EspeakSpeaker
from content.voice import Voice, read_voice
from hub.app.media import find_media_base
from hub.app.rasa_child import RasaChild
from hub.app.senders import build_senders
from hub.clock import Clock
from hub.config import Config, ConfigError, Environment, UnderstandingSettings
from hub.database import Database
from hub.i18n import Phrases
from hub.logs import get_log
from hub.vault import Vault

_log = get_log("hub")
NLU_FOLDER = Path(__file__).parent.parent.parent / "nlu"


@dataclass(frozen=True)
class Hub:
    """Everything that runs, built and not yet started."""

    config: Config
    environment: Environment
    clock: Clock
    vault: Vault
    database: Database
    channels: Mapping[str, Channel]
    inbox: Inbox
    outbox: Outbox
    deliveries: Deliveries
    policy: Policy
    turns: Turns
    conversation: Conversation
    rehearser: Rehearser
    senders: Sequence[Sender]
    rasa: RasaClient | None
    child: RasaChild | None
    matcher: LearningMatcher
    is_demonstration: bool

    @property
    def lanes(self) -> Sequence[Lane]:
        """Replies first."""
        return (self.outbox, self.deliveries)

    async def open(self) -> None:
        for channel in self.channels.values():
            await channel.open()

    async def close(self) -> None:
        for channel in self.channels.values():
            await channel.close()
        if self.rasa is not None:
            await self.rasa.close()
        await self.database.close()


async def build_hub(
    config: Config,
    environment: Environment,
    clock: Clock,
    vault: Vault,
    *,
    is_demonstration: bool = False,
) -> Hub:
    """Build the hub over a migrated database; raise `ConfigError` for what does not fit."""
    _check(config)
    voice = read_voice(config)
    database = Database(environment.chasqui_database_url, config.database_connections)
    areas = await _read_areas(database, vault)
    channels = _build_channels(environment, clock, vault, is_demonstration=is_demonstration)
    phones = PublishedPhones(database, clock, voice.calling_code)
    lease = LEASE if database.is_sqlite else SHORT_LEASE
    inbox = Inbox(database, vault, clock, lambda pin: _reduce(areas, pin), phones.read, lease)
    outbox, policy = Outbox(database, vault, lease), Policy.build(config, voice.phrases)
    deliveries = Deliveries(database, vault, policy, lease)
    child = _child(environment) if config.understanding.rasa else None
    rasa = _rasa(config, environment, child) if config.understanding.rasa else None
    matcher = LearningMatcher(config.understanding.examples, config.understanding.learnt)
    media = find_media_base(config, environment)
    conversation = build_conversation(config, database, clock, areas, rasa, matcher, voice, media)
    senders = build_senders(channels, config, outbox, deliveries, database, clock)
    turns = Turns(
        inbox=inbox,
        conversation=_with_waiting_answers(conversation, database, vault, clock),
        database=database,
        vault=vault,
        clock=clock,
        capabilities={channel.name: channel.capabilities for channel in channels.values()},
        dialogue_life=timedelta(hours=config.retention.dialogue_hours),
        tally=Tally(areas, ZoneInfo(config.timezone)),
        pace=Pace(voice.phrases, config.understanding.answers_in_ten_minutes),
        replies_ready=lambda: _wake(senders),
    )
    return Hub(
        config=config,
        environment=environment,
        clock=clock,
        vault=vault,
        database=database,
        channels=channels,
        inbox=inbox,
        outbox=outbox,
        deliveries=deliveries,
        policy=policy,
        turns=turns,
        conversation=conversation,
        rehearser=Rehearser(conversation, clock, phones.read),
        senders=senders,
        rasa=rasa,
        child=child,
        matcher=matcher,
        is_demonstration=is_demonstration,
    )


async def _read_areas(database: Database, vault: Vault) -> AreaBook:
    """What is read first: if that fails, the database is closed."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await check_keys(database, vault)
        areas = await AreaBook.load(database)
        stack.pop_all()  # from here on the hub closes it
    return areas


def _wake(senders: Sequence[Sender]) -> None:
    for sender in senders:
        if not sender.is_bulk:
            sender.nudge()


def _with_waiting_answers(
    conversation: Conversation, database: Database, vault: Vault, clock: Clock
) -> Conversation:
    """A template's button brings answers of people too, which takes the keys."""
    waiting = CaseAnswers(database, vault, clock, conversation.phrases.for_language)
    texts = FullTexts(database, clock, waiting, AwaitedBook(database))
    return replace(conversation, full_text=texts.read)


def build_conversation(
    config: Config,
    database: Database,
    clock: Clock,
    areas: AreaBook,
    rasa: RasaClient | None,
    matcher: LearningMatcher,
    voice: Voice,
    media_base: str | None = None,
) -> Conversation:
    """The conversation alone, as `chasqui ask` needs it too, which has nothing that is heard."""
    settings = config.understanding
    phrases = voice.phrases
    answers = AnswerBook(database, clock)
    services = ServiceBook(database, clock, ZoneInfo(config.timezone))
    forms = Forms(phrases, areas, _duty(config, RosterBook(database).read), config.platform)
    answering = Answering(
        phrases,
        answers,
        areas,
        services,
        config.platform,
        settings.options_at_least,
        config.names,
        forms,
        Helping(phrases, answers),
        _speaking(config, phrases, answers, media_base),
    )
    return Conversation(
        phrases=phrases,
        answers=answers,
        answering=answering,
        commanding=Commanding(
            phrases,
            areas,
            services,
            config.platform,
            config.retention.message_days,
            config.names,
            voice.unfinished,
            forms,
            CaseBook(database),
            AwaitedBook(database),
            _own_time(config, phrases),
        ),
        proving=Proving(phrases, ProofBook(database, clock), answering),
        understander=Understander(
            rasa,
            FormWalker(matcher),
            Breaker(settings.breaker_failures, settings.breaker_seconds),
        ),
        awaiting=Awaiting(phrases, config.questions.await_days),
        full_text=FullTexts(database, clock, awaited=AwaitedBook(database)).read,
        platform=config.platform,
        message_days=config.retention.message_days,
        thresholds=_thresholds(settings),
        languages=config.languages,
        default=config.default_language,
    )


def _thresholds(of: UnderstandingSettings) -> Thresholds:
    return Thresholds(of.danger_from, of.hint_from, of.leave_from, of.ask_leave_from, of.wish_from)


def _own_time(config: Config, phrases: Phrases) -> OwnTime:
    sending = config.broadcast
    return OwnTime(phrases, config.timezone, sending.time_zones, sending.quiet, config.names)


def _speaking(
    config: Config, phrases: Phrases, answers: AnswerBook, media_base: str | None
) -> Speaking | None:
    if media_base is None:
        return None
    recordings = Recordings(EspeakSpeaker(), config.voice.folder)
    return Speaking(phrases, answers, recordings, media_base)


def _check(config: Config) -> None:
    """A fault in lists or settings must stop the start, not a person's message; and the first of
    them must not wait until they are read."""
    find_danger("hola")
    find_command("quiero preguntar algo")
    find_need("quiero preguntar algo", CLEAR)
    detect_language("quiero preguntar algo")
    _duty(config)


def _duty(config: Config, read_roster: ReadRoster = no_roster) -> Duty:
    try:
        return Duty(read_opening(config.duty), ZoneInfo(config.timezone), read_roster)
    except OpeningError as error:
        raise ConfigError(f"config.yml: duty: {error}") from error


def _build_channels(
    environment: Environment, clock: Clock, vault: Vault, *, is_demonstration: bool
) -> dict[str, Channel]:
    channels: list[Channel] = []
    if is_demonstration and not environment.chasqui_demo_real_channels:
        environment = _without_real_people(environment)
    if environment.telegram_bot_token is not None:
        channels.append(
            _build_telegram(
                environment, environment.telegram_bot_token.get_secret_value(), clock, vault
            )
        )
    if environment.twilio_account_sid is not None:
        channels.append(_build_whatsapp(environment, environment.twilio_account_sid, clock, vault))
    if is_demonstration:
        channels += [Simulator(name, played, now=clock.now) for name, played in SIMULATED.items()]
    channels += [Nowhere(name, played) for name, played in TESTING.items()]
    return {channel.name: channel for channel in channels}


def _without_real_people(environment: Environment) -> Environment:
    """A demonstration tells what nobody verified, so it speaks only to test servers on this
    machine; a token for the real Telegram or Twilio is left unused, and says so."""
    unused: dict[str, None] = {}
    if environment.telegram_bot_token and not _is_loopback(environment.telegram_api_base):
        unused["telegram_bot_token"] = None
    if environment.twilio_account_sid and not _is_loopback(environment.twilio_api_base):
        unused["twilio_account_sid"] = None
    for name in unused:
        _log.warning("unused_in_demonstration", setting=name.upper(), see="README")
    return environment.model_copy(update=unused)


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def _build_telegram(environment: Environment, token: str, clock: Clock, vault: Vault) -> Telegram:
    given = environment.telegram_webhook_secret
    # Without a secret of the operator's choice there is still one that nobody can guess (SEC-06).
    own = base64.urlsafe_b64encode(vault.index("telegram-webhook", token)).decode().rstrip("=")
    secret = given.get_secret_value() if given else own
    try:
        return Telegram(token, environment.telegram_api_base, secret, now=clock.now)
    except ValueError as error:
        raise ConfigError(f"environment: TELEGRAM_*: {error}") from error


def _build_whatsapp(environment: Environment, sid: str, clock: Clock, vault: Vault) -> WhatsApp:
    token = environment.twilio_auth_token
    second = environment.twilio_auth_token_secondary
    if token is None or environment.twilio_whatsapp_from is None:
        raise ConfigError(
            "environment: TWILIO_ACCOUNT_SID also needs TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_FROM"
        )
    if environment.chasqui_public_url is None:
        raise ConfigError(
            "environment: WhatsApp needs CHASQUI_PUBLIC_URL, which Twilio's signatures cover"
        )
    try:
        return WhatsApp(
            sid,
            token.get_secret_value(),
            environment.twilio_whatsapp_from,
            environment.chasqui_public_url,
            sign=lambda send_id: vault.sign("twilio-status", send_id),
            is_signed=lambda send_id, mark: vault.is_signed("twilio-status", send_id, mark),
            now=clock.now,
            secondary_token=second.get_secret_value() if second else None,
            api_base=environment.twilio_api_base,
        )
    except ValueError as error:
        raise ConfigError(f"environment: TWILIO_* or CHASQUI_PUBLIC_URL: {error}") from error


def _child(environment: Environment) -> RasaChild | None:
    """A Rasa of our own, unless one is given by address or its environment was never built."""
    if environment.chasqui_nlu_url is not None:
        return None
    child = RasaChild.on_free_port(NLU_FOLDER)
    if not child.is_installed():
        _log.warning("rasa_not_installed", use="make nlu-train")
        return None
    return child


def _rasa(config: Config, environment: Environment, child: RasaChild | None) -> RasaClient | None:
    deadline = config.understanding.deadline_seconds
    if child is not None:
        return RasaClient(child.url, child.secret, deadline)
    if environment.chasqui_nlu_url is None:
        return None
    if environment.chasqui_nlu_secret is None:
        raise ConfigError("environment: CHASQUI_NLU_URL also needs CHASQUI_NLU_SECRET")
    secret = environment.chasqui_nlu_secret.get_secret_value()
    return RasaClient(environment.chasqui_nlu_url, secret, deadline)


def _reduce(areas: AreaBook, pin: Coordinates) -> str | None:
    area = areas.nearest(pin.latitude, pin.longitude)
    return area.code if area else None
