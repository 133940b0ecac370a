"""Recordings of public answers, for the channels' providers and the simulated phones.

It serves what is told now and may be heard, nothing else, and keeps nothing about who fetches it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException
from starlette.responses import FileResponse, Response

from bot.speaking import MEDIA_PATH, Speaking
from content.answers import Answer
from content.codes import ALPHABET, LENGTH
from content.proof import ProofBook, Standing
from content.speakable import may_be_said
from content.speech import EspeakSpeaker, SpeechError
from hub.config import Config, Environment
from hub.logs import get_log

_NAME = re.compile(rf"([{ALPHABET}]{{{LENGTH}}})\.([a-z]{{2,8}})\.ogg")

_log = get_log("media")


def find_media_base(config: Config, environment: Environment) -> str | None:
    """The public address below which recordings can be fetched; None if voice is off or something
    lacks for it, which the log names."""
    if not config.voice.enabled:
        return None
    lacking = _lacking(environment)
    if lacking is not None or environment.chasqui_public_url is None:
        _log.warning("voice_not_offered", reason=lacking, see="docs/content.md")
        return None
    return environment.chasqui_public_url.rstrip("/")


def _lacking(environment: Environment) -> str | None:
    if environment.chasqui_public_url is None:
        return "CHASQUI_PUBLIC_URL is not set"
    try:
        EspeakSpeaker().check()
    except SpeechError as error:
        return str(error)
    return None


@dataclass(frozen=True)
class Media:
    proofs: ProofBook
    speaking: Speaking

    def router(self) -> APIRouter:
        router = APIRouter(prefix=MEDIA_PATH, include_in_schema=False)

        @router.api_route("/{name}", methods=["GET", "HEAD"])
        async def play(name: str) -> Response:
            found = _NAME.fullmatch(name)
            path = await self._find(found[1], found[2]) if found else None
            if path is None:
                raise HTTPException(404)
            return FileResponse(path, media_type="audio/ogg")

        return router

    async def _find(self, code: str, language: str) -> Path | None:
        """None unless the version with this code is told now, in this language, to everybody."""
        proof = await self.proofs.find(code)
        if proof is None or proof.standing is not Standing.CURRENT:
            return None
        told = await self.speaking.answers.find(proof.topic, language)
        if not isinstance(told, Answer) or (told.code, told.language) != (code, language):
            return None
        if not may_be_said(told):
            return None
        try:
            return await self.speaking.record(told, code)
        except (SpeechError, OSError) as error:
            _log.warning("voice_not_made", topic=told.topic, language=language, reason=str(error))
            raise HTTPException(503) from None
