"""The words about a case: what went wrong, and the next call with its number."""

from __future__ import annotations

from typing import Any

import pytest

from models.domain.values import CaseStep, MailKind
from tasks.mail.case_words import case_context, stage
from tasks.mail.compose import compose
from tasks.mail.words import voice
from tests.mail.samples import DOTERRA, HERMES, IDENTITY, finding, shipped
from tests.mail.test_compose import readable

ORDER = "185204417"


def case(facts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The facts of a case over an order's."""
    known = {"case_id": 3, "since": "2026-10-14T08:00:00Z", "done": [], "reorder_due": True}
    return facts | known | {"step": None, "month": "2026-10"} | more


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("reason", ["credit", "delivered", "shipped", "slow"])
def test_every_reason_has_words_of_its_own(reason: str, language: str) -> None:
    """A stop that came too late is not announced as a missing credit."""
    facts = case(shipped("x"), reason=reason, days=12)
    mail = compose(MailKind.CASE_REMINDER, language, facts, IDENTITY)
    other = compose(MailKind.CASE_REMINDER, language, facts | {"reason": "none"}, IDENTITY)
    assert ORDER in mail.subject
    assert (mail.subject == other.subject) is (reason == "credit")
    for text in (mail.text, readable(mail.html)):
        assert ORDER in text
        assert DOTERRA in text.replace("\xa0", " ")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("step", [None, *CaseStep])
@pytest.mark.parametrize("facts", [finding("x"), shipped("x"), shipped("x", "delivered")])
def test_a_case_always_has_a_next_step(
    facts: dict[str, Any], step: CaseStep | None, language: str
) -> None:
    """Wherever a case stands, it says what comes next, without template code."""
    words = voice(language)
    known = case(facts, step=step, done=[step] if step else [])
    steps = words.section_steps("case-reminder", case_context(known, words, IDENTITY.phones))
    assert steps
    assert not any(sign in text for text in steps for sign in ("{", "}", "None", "  "))


def test_hermes_is_called_until_it_was_asked() -> None:
    """A tick takes its step off the list, and the next one moves up."""
    words = voice("en")

    def steps(*done: str) -> str:
        known = case(shipped("x"), done=list(done), step=done[-1] if done else None)
        return "\n".join(
            words.section_steps("case-reminder", case_context(known, words, IDENTITY.phones))
        )

    assert HERMES in steps()
    assert HERMES not in steps("stop-asked")
    assert "step\xa03\xa0credit-asked" in steps("stop-asked")
    assert "step\xa03\xa0credit-asked" not in steps("stop-asked", "credit-asked")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("facts", "before", "news"),
    [
        (finding("x"), [], ["credit-asked"]),
        (shipped("x", "delivered"), ["credit-asked", "delivered"], []),
        (shipped("x", "delivered"), ["delivered"], ["credit-asked"]),
        (shipped("x", "returned"), ["credit-asked", "returned"], []),
        (shipped("x", "returned"), ["returned"], ["credit-asked", "reordered"]),
    ],
)
def test_who_was_asked_is_not_to_be_called_again(
    facts: dict[str, Any], before: list[str], news: list[str], language: str
) -> None:
    """Ticked after what happened last, the call is made; a reminder names it all the same."""
    words, done = voice(language), [*before, *news]

    def steps(**more: Any) -> str:
        known = case(facts, done=done, step=done[-1], **more)
        return "\n".join(
            words.section_steps("case-reminder", case_context(known, words, IDENTITY.phones))
        )

    called = DOTERRA in steps().replace("\xa0", " ")
    assert called is not bool(news)
    assert DOTERRA in steps(reason="slow").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("done", "way", "expected"),
    [
        ([], "open", "open"),
        (["cancelled-before-shipping"], "open", "cancelled"),
        (["cancelled-before-shipping", "shipped"], "moving", "moving"),
        (["shipped"], "open", "moving"),
        ([], "back", "returning"),
        (["returning", "returned"], "back", "returned"),
        (["returned", "credited"], "back", "credited"),
        (["stop-asked"], "delivered", "delivered"),
    ],
)
def test_where_a_case_stands(done: list[str], way: str, expected: str) -> None:
    """The most decisive thing that happened says what is left to do."""
    assert stage({"done": done, "step": done[-1] if done else None, "way": way}) == expected
