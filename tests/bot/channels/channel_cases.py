"""What every adapter must do, whatever its provider. Inherit, and provide the fixtures.

`AdapterCases` is for all; `WebhookCases` for those that a provider calls.
"""

import dataclasses
import logging
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.base import (
    Capabilities,
    Channel,
    ForgedRequestError,
    MalformedRequestError,
    WebhookRequest,
)
from bot.messages import (
    Button,
    Fault,
    Inbound,
    InboundKind,
    Outbound,
    Receipt,
    SendError,
    SendOutcome,
)

# The cases are inherited, so several classes run each one; with no database of examples there is
# nothing that one of them could replay of another.
FUZZ = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.differing_executors,
    ],
)
HEADER_TEXTS = (
    st.text(max_size=200) | st.just("x" * 10_000) | st.text("\ud800\udfffñ=/+", max_size=9)
)
FRIENDLY = Outbound("Hola.\n\nSaludos", (Button("Sí", "tok_1"), Button("No", "tok_2")))


class AdapterCases:
    """Fixtures: `channel` (open), `address` (somebody who can be written to)."""

    def test_is_a_channel_with_sane_capabilities(self, channel: Channel) -> None:
        capabilities = channel.capabilities
        assert isinstance(capabilities, Capabilities)
        assert channel.name
        assert capabilities.text_length >= 1000
        assert capabilities.button_label_length >= 20

    async def test_send_returns_the_provider_id(self, channel: Channel, address: str) -> None:
        first = await channel.send(address, FRIENDLY, send_id="s1")
        second = await channel.send(address, FRIENDLY, send_id="s2")
        assert 0 < len(first) <= 64
        assert first != second  # PEER-07: the same text twice is two messages

    @pytest.mark.parametrize(
        "message",
        [
            Outbound(""),
            Outbound(" \n\t"),
            Outbound("a" * 5000),
            Outbound("Elija", (Button("", "tok_1"),)),
            Outbound("Elija", (Button("a" * 500, "tok_1"),)),
        ],
    )
    async def test_what_cannot_be_expressed_is_refused(
        self, channel: Channel, address: str, message: Outbound
    ) -> None:
        with pytest.raises(SendError) as caught:
            await channel.send(address, message, send_id="s1")
        assert caught.value.outcome is SendOutcome.REJECTED
        assert caught.value.fault is Fault.CONTENT
        assert caught.value.staff_text

    @pytest.mark.parametrize("wrong", ["", "@vecinos", "-1001234", "abc", "+", "١٢٣", "1 OR 1"])
    async def test_an_address_that_is_none_is_refused(self, channel: Channel, wrong: str) -> None:
        with pytest.raises(SendError) as caught:
            await channel.send(wrong, FRIENDLY, send_id="s1")
        assert caught.value.outcome is SendOutcome.REJECTED
        assert caught.value.fault is Fault.RECIPIENT

    async def test_text_that_cannot_be_encoded_does_not_crash(
        self, channel: Channel, address: str
    ) -> None:
        # SEC-41
        assert await channel.send(address, Outbound("hola \ud800\x00"), send_id="s1")

    async def test_longest_text_and_most_buttons_pass(self, channel: Channel, address: str) -> None:
        allowed = channel.capabilities
        longest = Outbound("ñ" * allowed.text_length)
        assert await channel.send(address, longest, send_id="s1")
        label = "a" * allowed.button_label_length
        buttons = tuple(Button(label, f"tok_{n}") for n in range(allowed.buttons or 3))
        assert await channel.send(address, Outbound("Elija", buttons), send_id="s2")

    async def test_opening_and_closing_twice_is_harmless(self, channel: Channel) -> None:
        await channel.open()
        await channel.close()
        await channel.close()
        await channel.open()


class WebhookCases(AdapterCases):
    """More fixtures: `genuine` (a request that passes), `secrets` (never to be shown),
    `unreachable` (the same channel, open, whose provider is not there)."""

    def test_genuine_request_passes_and_says_something(
        self, channel: Channel, genuine: WebhookRequest
    ) -> None:
        channel.verify(genuine)
        (said,) = channel.parse(genuine)
        assert isinstance(said, Inbound)
        assert said.channel == channel.name
        assert said.kind is InboundKind.TEXT
        assert said.sent_at.tzinfo is not None

    def test_same_text_with_other_id_is_another_message(
        self, channel: Channel, genuine: WebhookRequest, genuine_again: WebhookRequest
    ) -> None:
        # PEER-07
        (first,), (second,) = channel.parse(genuine), channel.parse(genuine_again)
        assert isinstance(first, Inbound)
        assert isinstance(second, Inbound)
        assert first.text == second.text
        assert first.message_id != second.message_id

    @pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "post", ""])
    def test_other_methods_are_refused(
        self, channel: Channel, genuine: WebhookRequest, method: str
    ) -> None:
        with pytest.raises(ForgedRequestError):
            channel.verify(dataclasses.replace(genuine, method=method))  # SEC-09

    @pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x"])
    def test_other_content_types_are_refused(
        self, channel: Channel, genuine: WebhookRequest, content_type: str
    ) -> None:
        headers = {**genuine.headers, "content-type": content_type}
        with pytest.raises(ForgedRequestError):
            channel.verify(dataclasses.replace(genuine, headers=headers))  # SEC-09

    def test_no_headers_at_all_are_refused(self, channel: Channel, genuine: WebhookRequest) -> None:
        with pytest.raises(ForgedRequestError):
            channel.verify(dataclasses.replace(genuine, headers={}))

    @FUZZ
    @given(value=HEADER_TEXTS, data=st.data())
    def test_any_other_proof_is_refused(
        self, channel: Channel, genuine: WebhookRequest, value: str, data: st.DataObject
    ) -> None:
        # SEC-03, SEC-06: whatever the header holds, it is refused and nothing else is raised.
        name = data.draw(st.sampled_from([n for n in genuine.headers if n != "content-type"]))
        headers = {**genuine.headers, name: value}
        with pytest.raises(ForgedRequestError):
            channel.verify(dataclasses.replace(genuine, headers=headers))

    @FUZZ
    @given(body=st.binary(max_size=300), path=st.text(max_size=50), query=st.text(max_size=50))
    def test_any_bytes_are_refused_or_malformed(
        self, channel: Channel, genuine: WebhookRequest, body: bytes, path: str, query: str
    ) -> None:
        # SEC-03: a caller can only ever meet these two errors.
        request = dataclasses.replace(genuine, body=body, path=path, query=query)
        for step in (channel.verify, channel.parse):
            with suppress(ForgedRequestError, MalformedRequestError):
                step(request)

    async def test_provider_that_cannot_be_reached_means_try_again(
        self, unreachable: Channel, address: str
    ) -> None:
        # F-20: refused before anything was sent
        with pytest.raises(SendError) as caught:
            await unreachable.send(address, FRIENDLY, send_id="s1")
        assert caught.value.outcome is SendOutcome.RETRY
        assert caught.value.fault is Fault.NETWORK
        assert not caught.value.freezes_channel

    async def test_acknowledging_never_raises(
        self, unreachable: Channel, genuine: WebhookRequest
    ) -> None:
        (said,) = unreachable.parse(genuine)
        assert isinstance(said, Inbound)
        await unreachable.acknowledge(dataclasses.replace(said, callback_id="4382"))

    async def test_no_secret_and_no_person_in_errors_logs_or_reprs(
        self,
        channel: Channel,
        unreachable: Channel,
        genuine: WebhookRequest,
        secrets: tuple[str, ...],
        address: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        # SEC-91
        caplog.set_level(logging.DEBUG)
        said = channel.parse(genuine)
        await channel.send(address, FRIENDLY, send_id="s1")
        with pytest.raises(SendError) as caught:
            await unreachable.send(address, FRIENDLY, send_id="s1")
        error = caught.value
        assert error.__cause__ is None
        assert error.__context__ is None
        shown = (
            f"{caplog.text} {error!r} {error} {error.staff_text} {channel!r} {genuine!r} {said!r}"
        )
        for secret in (*secrets, address, FRIENDLY.text.splitlines()[0]):
            assert secret not in shown


def receipt_of(channel: Channel, request: WebhookRequest) -> Receipt:
    channel.verify(request)
    (said,) = channel.parse(request)
    assert isinstance(said, Receipt)
    return said
