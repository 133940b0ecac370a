"""The public page of a code: whether a text is ours, and what holds now.

No cookie, no script, nothing from elsewhere, no word of the topic in title or address (HUM-28). It
keeps nothing about who looks. Headers that forbid storing and referring come with the application.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.core import negotiate_locale
from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from bot import phrases, proof_phrases
from content.answers import Answer, AnswerBook
from content.codes import find_codes
from content.proof import Proof, ProofBook, Standing
from hub.i18n import Phrases, Translate

_HERE = Path(__file__).parent
_STYLE = "proof.css"
_SHOWN = frozenset({Standing.CURRENT, Standing.REPLACED})


@dataclass(frozen=True)
class ProofPage:
    proofs: ProofBook
    answers: AnswerBook
    phrases: Phrases
    languages: Mapping[str, str]  # each with its own name
    default: str

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/v", include_in_schema=False)

        @router.get(f"/{_STYLE}")
        async def style() -> Response:
            return FileResponse(_HERE / "static" / _STYLE, media_type="text/css")

        @router.get("/{code}")
        async def show(request: Request, code: str, l: str = "") -> Response:  # noqa: E741
            language = l if l in self.languages else self._wanted(request)
            return await self._show(code, language)

        return router

    async def _show(self, written: str, language: str) -> Response:
        codes = find_codes(written[:20])
        proof = await self.proofs.find(codes[0]) if codes else None
        found = None
        if proof is not None and proof.standing in _SHOWN:
            told = await self.answers.find(proof.topic, language)
            found = told if isinstance(told, Answer) else None
        page = self._render(codes[0] if codes else "", proof, found, language)
        return HTMLResponse(page, 200 if proof else 404, {"X-Robots-Tag": "noindex, nofollow"})

    def _render(self, code: str, proof: Proof | None, found: Answer | None, language: str) -> str:
        _ = self.phrases.for_language(language)
        environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
        return environment.get_template("proof.html").render(
            language=language,
            title=proof_phrases.page_title(_),
            leave=proof_phrases.leave_page(_),
            verdict=_verdict(_, proof, language),
            text=phrases.answer(_, found, language) if found else "",
            steps=[
                (proof_phrases.step_name(_, step.step), step.text)
                for step in (found.steps if found else ())
            ],
            code=code,
            languages=list(self.languages.items()),
        )

    def _wanted(self, request: Request) -> str:
        """The first language of the browser that we speak."""
        header = request.headers.get("accept-language", "")[:200]
        asked = [each.partition(";")[0].strip() for each in header.split(",")]
        return negotiate_locale(asked, self.languages, sep="-") or self.default


def _verdict(_: Translate, proof: Proof | None, language: str) -> str:
    if proof is None:
        return proof_phrases.is_unknown(_)
    if proof.standing is Standing.CURRENT:
        return proof_phrases.is_known_code(_)
    if proof.standing is Standing.REPLACED:
        return proof_phrases.is_replaced(_)
    return proof_phrases.is_checked(_, proof, language)
