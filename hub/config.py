"""What a deployment decides (`config.yml`) and what it keeps secret (the environment), read once.

Unknown keys are errors: a misspelt setting must not pass in silence.
"""

import re
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.i18n import own_name

# What operators make up themselves; other secrets are given by providers.
_OWN_SECRETS = ("telegram_webhook_secret", "chasqui_nlu_secret")
_SHORTEST_SECRET, _LEAST_DISTINCT = 16, 8
_EXAMPLE = re.compile(r"change.?me|^(?:example|sample|secret|password|your)|[.…]{3}|<", re.I)


class ConfigError(Exception):
    """A setting is wrong; the message names the file, the setting and what it should be."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Fraction = Annotated[float, Field(ge=0, le=1)]


class ChannelSettings(_Section):
    """Pace of one channel. The provider's own 429 always has the last word."""

    rate_per_second: float = Field(
        25, gt=0, description="Messages a second, all recipients together."
    )
    in_flight: int = Field(16, ge=1, le=256, description="Sends that may be under way at once.")
    reply_reserve: Fraction = Field(
        0.2, description="Share of the rate that broadcasts leave to replies."
    )


class Channels(_Section):
    telegram: ChannelSettings = ChannelSettings()
    whatsapp: ChannelSettings = ChannelSettings(rate_per_second=60, in_flight=32)
    simulator: ChannelSettings = ChannelSettings(rate_per_second=200, in_flight=32)


class UnderstandingSettings(_Section):
    rasa: bool = Field(
        default=True, description="Whether to ask Rasa; without it only the matcher answers."
    )
    deadline_seconds: float = Field(
        3, gt=0, description="Longest wait for Rasa before the fallback."
    )
    breaker_failures: int = Field(3, ge=1, description="Failures in a row that open the breaker.")
    breaker_seconds: float = Field(10, gt=0, description="How long the open breaker skips Rasa.")
    danger_from: Fraction = Field(
        0.79, description="Confidence at which danger counts that only Rasa notices."
    )
    hint_from: Fraction = Field(
        0.45, description="Confidence of danger from which an answer ends with a word for help."
    )
    leave_from: Fraction = Field(
        0.5,
        description="Confidence from which Rasa settles a doubt whether updates shall stop.",
    )
    ask_leave_from: Fraction = Field(
        0.45, description="Confidence from which the bot asks whether updates shall stop."
    )
    wish_from: Fraction = Field(
        0.5, description="Confidence from which Rasa's opinion grants any other wish to the bot."
    )
    options_at_least: Fraction = Field(0.04, description="Least confidence of an option offered.")
    answers_in_ten_minutes: int | None = Field(
        60, ge=1, description="To one person; danger and commands always. null: no limit."
    )
    examples: Path = Field(
        Path("nlu/data"), description="Folder of the lexical fallback's examples."
    )
    learnt: Path = Field(
        Path("var/matcher"),
        description="File that keeps what the fallback learnt from them, for the next start.",
    )


class Retention(_Section):
    message_days: int = Field(
        30, ge=1, description="Texts in inbox and outbox; ids stay for de-duplication."
    )
    dialogue_hours: int = Field(24, ge=1, description="State of a dialogue after its last message.")
    case_days: int = Field(
        90, ge=1, description="Closed cases; those that nobody closes, twice as long."
    )
    figure_days: int = Field(
        1100, ge=31, description="How many wrote and asked what on a day; of nobody, only counts."
    )


class PeopleCap(_Section):
    """People to whom updates may be approved, each update's counted; urgent ones pass."""

    per_day: int | None = Field(20_000, ge=1, description="In a day; null: no limit.")
    per_week: int | None = Field(60_000, ge=1, description="In seven days; null: no limit.")


class BroadcastSettings(_Section):
    undo_seconds: int = Field(60, ge=0, description="Pause between approval and the first send.")
    default_hours: int = Field(
        48, ge=1, description="Life of an update that sets no end: not sent later."
    )
    most_per_week: int | None = Field(
        3,
        ge=1,
        description="Updates to one person in seven days; urgent ones pass. null: no limit.",
    )
    quiet_from: time | None = Field(
        time(21), description="Updates wait from this hour on, unless they save lives; null: never."
    )
    quiet_until: time = Field(time(8), description="And leave from this hour on.")
    time_zones: tuple[str, ...] = Field(
        (
            "America/La_Paz",
            "America/Caracas",
            "America/Santiago",
            "America/Argentina/Buenos_Aires",
            "America/Sao_Paulo",
        ),
        description="Offered in the chat to who lives by another clock; others can be written.",
    )
    links: tuple[str, ...] = Field(
        (), description="Hosts that texts may link to, with all below them. Empty: all."
    )
    portfolio_limit: Literal[250, 2000, 10000, 100000] | None = Field(
        2000, description="People a day outside WhatsApp's window, as Meta grants; null: unlimited."
    )
    quotas: dict[str, Annotated[int, Field(ge=0)]] = Field(
        {},
        description="Of that limit, what each sub-group may use a day; the others share the rest.",
    )
    most_people: PeopleCap = Field(
        PeopleCap(), description="To how many people one sub-group may send."
    )
    most_people_of: dict[str, PeopleCap] = Field(
        {}, description="The same for sub-groups by name, where it is another number."
    )
    most_people_by_approver: PeopleCap = Field(
        PeopleCap(per_day=40_000, per_week=120_000),
        description="To how many people one approver may let updates go.",
    )
    require_checked_languages: bool = Field(
        default=False,
        description="Whether somebody who speaks it must have read each language; else it warns.",
    )
    currency: str = Field("USD", description="Of the prices.")
    prices: dict[
        Literal["telegram", "whatsapp", "whatsapp_template"], Annotated[Decimal, Field(ge=0)]
    ] = Field({}, description="What one message costs, to be read off the provider's price list.")

    @field_validator("time_zones")
    @classmethod
    def _are_time_zones(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = set(names) - available_timezones()
        if unknown:
            raise ValueError(f"no such time zones: {', '.join(sorted(unknown))}")
        return names

    @model_validator(mode="after")
    def _shares_out_what_there_is(self) -> Self:
        if self.portfolio_limit is not None and sum(self.quotas.values()) > self.portfolio_limit:
            raise ValueError("quotas share out portfolio_limit, so together they cannot exceed it")
        return self

    @property
    def quiet(self) -> tuple[time, time] | None:
        return (self.quiet_from, self.quiet_until) if self.quiet_from is not None else None


class DataRequestSettings(_Section):
    """Days within which a request about one's own data is due. Peru's law 29733 counts working
    days; these count all, so they are stricter."""

    access_days: int = Field(20, ge=1, description="To see what is kept.")
    other_days: int = Field(10, ge=1, description="To correct, erase or object.")
    warn_days: int = Field(3, ge=1, description="So many days before, the first page warns.")


class CaseTemplate(_Section):
    """As it was accepted by Meta, with a button that returns `full_text` and without gaps."""

    sid: str = Field(pattern="^HX[0-9a-f]{32}$", description="Its ContentSid at Twilio.")
    body: str = Field(
        min_length=1,
        max_length=1024,
        description="Its body; says nothing of what it is about.",
    )


class CaseSettings(_Section):
    templates: dict[str, CaseTemplate] = Field(
        {},
        description="By language: tells that a person answered, where only a template may be sent.",
    )


class QuestionSettings(_Section):
    await_days: int = Field(
        60, ge=1, description="How long the hub keeps who asked to be told of an answer."
    )
    templates: dict[str, CaseTemplate] = Field(
        {},
        description="By language: tells that there is an answer to what somebody asked, the same.",
    )


class VoiceSettings(_Section):
    enabled: bool = Field(
        default=False, description="Whether answers can be heard; needs CHASQUI_PUBLIC_URL too."
    )
    folder: Path = Field(Path("var/voice"), description="Where recordings are kept.")


class ApiSettings(_Section):
    requests_per_minute: int = Field(
        120, ge=1, description="Most requests of one token of the partner API."
    )
    strangers_per_minute: int = Field(
        30, ge=1, description="Most requests from one address without a valid token."
    )


class ConsoleSettings(_Section):
    idle_minutes: int = Field(
        15, ge=1, description="A session ends after this long without a request."
    )
    absolute_hours: int = Field(10, ge=1, description="A session ends after this long in any case.")
    passkeys_for: tuple[
        Literal["author", "verifier", "approver", "desk", "reader", "admin", "complaints"], ...
    ] = Field(
        (),
        description="Roles that need a passkey; without one they may do nothing but add one.",
    )
    records_per_hour: int = Field(
        40, ge=1, description="Whoever reads more people's records within an hour is stopped."
    )


class Config(_Section):
    platform: str = Field("GTRM Perú", description="Who runs the hub, as people read it.")
    pack: str = Field(
        "peru", description="The content pack: a folder below `content/packs/`, or its path."
    )
    languages: tuple[str, ...] = ("es", "en", "pt", "fr", "ht")
    language_names: dict[str, str] = Field(
        {"ht": "Kreyòl"}, description="What speakers call a language, where Babel's word is not it."
    )
    default_language: str = "es"
    timezone: str = "America/Lima"
    database_connections: int = Field(
        15, ge=2, description="Most connections of one process to PostgreSQL."
    )
    channels: Channels = Channels()
    understanding: UnderstandingSettings = UnderstandingSettings()
    retention: Retention = Retention()
    broadcast: BroadcastSettings = BroadcastSettings()
    cases: CaseSettings = CaseSettings()
    questions: QuestionSettings = QuestionSettings()
    data_requests: DataRequestSettings = DataRequestSettings()
    voice: VoiceSettings = VoiceSettings()
    console: ConsoleSettings = ConsoleSettings()
    api: ApiSettings = ApiSettings()
    duty: tuple[str, ...] = Field(
        (), description="When somebody reads requests: `mon-fri 09:00-17:00` a line; [] says never."
    )
    log_format: Literal["json", "console"] = "json"

    @field_validator("timezone")
    @classmethod
    def _is_timezone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("not a time zone of the IANA list, such as America/Lima")
        return name

    @property
    def names(self) -> dict[str, str]:
        """The languages in order, each with what its speakers call it."""
        return {each: self.language_names.get(each) or own_name(each) for each in self.languages}

    @model_validator(mode="after")
    def _speaks_its_default(self) -> Self:
        if self.default_language not in self.languages:
            raise ValueError("default_language must be one of languages")
        return self


class Environment(BaseSettings):
    """Secrets and addresses. Empty means that the thing is not used."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    chasqui_config: Path = Path("config.yml")
    chasqui_database_url: str = "sqlite:///var/chasqui.db"
    chasqui_keys: Path = Path("var/keys.json")
    chasqui_public_url: str | None = None
    chasqui_demo_real_channels: bool = False
    chasqui_nlu_url: str | None = None
    chasqui_nlu_secret: SecretStr | None = None
    telegram_bot_token: SecretStr | None = None
    telegram_api_base: str = "https://api.telegram.org"
    telegram_webhook_secret: SecretStr | None = None
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_auth_token_secondary: SecretStr | None = None
    twilio_whatsapp_from: str | None = None
    twilio_api_base: str = "https://api.twilio.com"
    twilio_content_base: str = "https://content.twilio.com"


def read_config(path: Path) -> Config:
    """The settings in `path`; raise `ConfigError` naming the setting that is wrong."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf8")) or {}
        return _settle_paths(Config.model_validate(raw), path.parent)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file (set CHASQUI_CONFIG)") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        raise ConfigError(_explain(str(path), error)) from error


def _settle_paths(config: Config, folder: Path) -> Config:
    """Paths in the file are taken from where the file is; a bare name of a pack is one of ours."""
    update: dict[str, object] = {}
    if "/" in config.pack:
        update["pack"] = str(folder / config.pack)
    if "examples" in config.understanding.model_fields_set:
        examples = {"examples": folder / config.understanding.examples}
        update["understanding"] = config.understanding.model_copy(update=examples)
    if "folder" in config.voice.model_fields_set:
        voice = {"folder": folder / config.voice.folder}
        update["voice"] = config.voice.model_copy(update=voice)
    return config.model_copy(update=update)


def read_environment() -> Environment:
    """The environment; raise `ConfigError` naming the variable that is wrong."""
    try:
        environment = Environment()
    except ValidationError as error:
        raise ConfigError(_explain("environment", error)) from error
    for name in _OWN_SECRETS:
        secret: SecretStr | None = getattr(environment, name)
        if secret is not None and _is_weak(secret.get_secret_value()):
            raise ConfigError(
                f"environment: {name.upper()}: too weak: take 16 random characters or more, such as"
                " `openssl rand -hex 24` prints"
            )
    return environment


def _is_weak(secret: str) -> bool:
    """Short, of few different characters, or as it stands in examples (SEC-29)."""
    return (
        len(secret) < _SHORTEST_SECRET
        or len(set(secret)) < _LEAST_DISTINCT
        or _EXAMPLE.search(secret) is not None
    )


def _explain(where: str, error: ValidationError) -> str:
    lines = [
        f"{where}: {'.'.join(str(part) for part in problem['loc']) or 'document'}: {problem['msg']}"
        for problem in error.errors(include_input=False, include_url=False)
    ]
    return "\n".join(lines)
