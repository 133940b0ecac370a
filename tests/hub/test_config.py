"""Settings: every wrong one is named with its file, and none passes in silence."""

from pathlib import Path

import pytest

from hub.config import Config, ConfigError, Environment, read_config, read_environment

ROOT = Path(__file__).parent.parent.parent


def write(folder: Path, text: str) -> Path:
    path = folder / "config.yml"
    path.write_text(text, encoding="utf8")
    return path


def test_the_repositorys_own_file_is_good() -> None:
    config = read_config(ROOT / "config.yml")
    assert config.languages == ("es", "en", "pt", "fr", "ht")
    assert config.default_language in config.languages


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert read_config(write(tmp_path, "")) == Config()


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("platfrom: x", "platfrom"),
        ("channels: {sms: {}}", "channels.sms"),
        ("channels: {telegram: {rate: 1}}", "channels.telegram.rate"),
        ("channels: {telegram: {rate_per_second: fast}}", "channels.telegram.rate_per_second"),
        ("channels: {telegram: {rate_per_second: 0}}", "channels.telegram.rate_per_second"),
        ("channels: {whatsapp: {in_flight: 0}}", "channels.whatsapp.in_flight"),
        ("channels: {whatsapp: {reply_reserve: 1.5}}", "channels.whatsapp.reply_reserve"),
        ("retention: {message_days: 0}", "retention.message_days"),
        ("retention: {message_days: thirty}", "retention.message_days"),
        ("understanding: {deadline_seconds: -1}", "understanding.deadline_seconds"),
        ("broadcast: {undo_seconds: -1}", "broadcast.undo_seconds"),
        ("languages: es", "languages"),
        ("log_format: xml", "log_format"),
        ("timezone: Lima", "timezone"),
        ("languages: [es]\ndefault_language: en", "document"),
        ("database_connections: 1", "database_connections"),
        ("- a list", "document"),
        ("just text", "document"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, setting: str) -> None:
    # SEC-29
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=f"{path}: {setting}: "):
        read_config(path)


def test_recordings_are_kept_where_the_file_says(tmp_path: Path) -> None:
    assert not read_config(write(tmp_path, "{}")).voice.enabled
    config = read_config(write(tmp_path, "voice: {enabled: true, folder: sounds}"))
    assert config.voice.folder == tmp_path / "sounds"


def test_every_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "platfrom: x\nretention: {message_days: 0}\n")
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{path}: ") for line in lines)


@pytest.mark.parametrize(
    "content",
    [b"a: [", b"a:\n\t- b", b"!!python/object:os.system {}", b"a: \x00", b"platform: Per\xfa"],
)
def test_what_is_not_yaml_is_named(tmp_path: Path, content: bytes) -> None:
    # SEC-50: only the safe subset is read, and only UTF-8
    path = tmp_path / "config.yml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=str(path)):
        read_config(path)


def test_a_missing_file_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file \(set CHASQUI_CONFIG\)"):
        read_config(tmp_path / "no.yml")
    with pytest.raises(ConfigError, match=str(tmp_path)):
        read_config(tmp_path)


def test_settings_do_not_change_after_reading() -> None:
    with pytest.raises(Exception, match="frozen"):
        Config().platform = "x"  # type: ignore[misc]


SECRETS = {
    "TELEGRAM_BOT_TOKEN": "canary-telegram-token",
    "TELEGRAM_WEBHOOK_SECRET": "canary-webhook-secret",
    "TWILIO_AUTH_TOKEN": "canary-twilio-token",
    "TWILIO_AUTH_TOKEN_SECONDARY": "canary-twilio-second",
    "CHASQUI_NLU_SECRET": "canary-nlu-secret",
}


def test_secrets_come_from_the_environment_and_do_not_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # INV-9
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    environment = read_environment()
    assert environment.telegram_bot_token is not None
    assert environment.telegram_bot_token.get_secret_value() == "canary-telegram-token"
    for printed in (repr(environment), str(environment), str(environment.model_dump())):
        assert "canary" not in printed


@pytest.mark.parametrize("name", ["TELEGRAM_WEBHOOK_SECRET", "CHASQUI_NLU_SECRET"])
@pytest.mark.parametrize(
    "weak",
    ["short", "a" * 40, "abababababababababab", "please-change-me-1234", "secret-secret-123456"],
)
def test_weak_and_example_secrets_are_refused_without_being_told(
    monkeypatch: pytest.MonkeyPatch, name: str, weak: str
) -> None:
    # SEC-29
    monkeypatch.setenv(name, weak)
    with pytest.raises(ConfigError, match=name) as refused:
        read_environment()
    assert weak not in str(refused.value)


def test_an_empty_variable_means_that_the_thing_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "")
    monkeypatch.setenv("CHASQUI_DATABASE_URL", "")
    assert read_environment() == Environment()


def test_every_setting_of_a_section_says_what_it_means() -> None:
    """`chasqui settings` shows them to operators."""
    silent = [
        f"{name}.{inner}"
        for name, field in Config.model_fields.items()
        for inner, described in getattr(field.annotation, "model_fields", {}).items()
        if name != "channels" and not described.description
    ]
    assert silent == []
