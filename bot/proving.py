"""Answers people who send a code or paste a text and want to know whether it is ours.

What holds now is told beside the verdict, so that they can compare; safety texts are not, since a
record of who was told them would say what happened to somebody.
"""

from dataclasses import dataclass, replace

from bot import proof_phrases
from bot.answering import Answering
from bot.messages import InboundKind, Outbound
from bot.turn import Outcome, Reading, Reply, Turn
from content.proof import Proof, ProofBook, Standing
from hub.i18n import Phrases, Translate

_TOLD_AGAIN = frozenset({Standing.CURRENT, Standing.REPLACED, Standing.ALTERED})


@dataclass(frozen=True)
class Proving:
    phrases: Phrases
    proofs: ProofBook
    answering: Answering

    async def answer(self, turn: Turn) -> Outcome | None:
        """None if the message is no question about a text of ours."""
        if turn.inbound.kind is not InboundKind.TEXT:
            return None
        proof = await self.proofs.recognise(turn.inbound.text)
        if proof is None:
            return None
        said = Reply(Outbound(_verdict(self.phrases.for_language(turn.language), proof, turn)))
        reading = Reading("proof")
        if proof.standing not in _TOLD_AGAIN or proof.is_safety:
            return Outcome((said,), turn.dialogue, reading)
        told = await self.answering.tell(turn, proof.topic, reading)
        return replace(told, replies=(said, *told.replies), reading=reading)


def _verdict(_: Translate, proof: Proof, turn: Turn) -> str:
    match proof.standing:
        case Standing.CURRENT:
            known = proof_phrases.is_current if proof.by_words else proof_phrases.is_known_code
            return known(_)
        case Standing.REPLACED:
            return proof_phrases.is_replaced(_)
        case Standing.CHECKED:
            return proof_phrases.is_checked(_, proof, turn.language)
        case Standing.ALTERED:
            return proof_phrases.is_altered(_)
        case Standing.UNKNOWN:
            return proof_phrases.is_unknown(_)
