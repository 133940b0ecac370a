"""What changed between two versions can be read, language by language."""

from dataclasses import replace

from content.differences import Mark, find_changes, name_changes
from tests.content.packs import STEPS, make_topic


def test_words_that_came_and_went_are_marked() -> None:
    before = make_topic()
    after = replace(before, texts=before.texts | {"es": before.texts["es"].replace("105", "106")})
    (change,) = find_changes(before, after)
    assert (change.language, change.part) == ("es", "text")
    marked = [(piece.mark, piece.text) for piece in change.pieces if piece.mark is not Mark.SAME]
    assert [mark for mark, _ in marked] == [Mark.REMOVED, Mark.ADDED]
    assert "105." in marked[0][1]
    assert "106." in marked[1][1]
    kept = [piece.text for piece in change.pieces if piece.mark is not Mark.REMOVED]
    assert " ".join(kept) == after.texts["es"]


def test_steps_titles_and_languages_that_came_or_went() -> None:
    before = make_topic()
    after = replace(
        before,
        titles={key: text for key, text in before.titles.items() if key != "ht"},
        more=(STEPS[0],),
        need=None,
    )
    found = {(change.language, change.part) for change in find_changes(before, after)}
    assert found == {("ht", "title"), ("es", "cost"), ("en", "cost"), ("ht", "cost")}
    assert name_changes(before, after) == ["es", "en", "ht", "need"]
    assert name_changes(before, before) == []
