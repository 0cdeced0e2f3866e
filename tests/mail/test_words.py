"""The words of every rule: there in both languages, complete, and right about what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.mail.words import clean, headline, voice, way
from tests.mail.samples import DOTERRA, HERMES, IDENTITY, finding, shipped

RULES = (
    "wrong-order-type", "loyalty-month-at-risk", "loyalty-rate-lost",
    "loyalty-order-without-points", "just-below-threshold", "product-of-month-missed",
    "second-loyalty-order", "loyalty-order-off-schedule", "duplicate-order",
    "enrolment-of-known-customer", "new-enrolment", "small-enrolment", "unusual-order-size",
    "not-shipped", "unpaid", "delivery-failed", "parcel-exception", "parcel-returning",
    "parcel-returned", "parcel-stuck", "parcel-overdue", "pickup-expiring",
    "parcel-not-handed-over", "tracking-number-invalid", "order-changed", "unknown-order-type",
    "inactive-customer", "unexpected-loyalty-order", "first-order-not-enrolment",
    "sync-failing", "source-changed", "tracking-unavailable", "mail-failing", "job-parked",
    "unknown-status-code",
)  # fmt: skip

NOTHING_KNOWN = dict.fromkeys(finding("x")) | {
    "order": "185204417",
    "pv": "47.00",
    "month": "2026-10",
}

DETAILS = {
    "other_order": "185204001", "similarity": 100, "working_days": 4, "months": 11,
    "pickup_name": "Kiosk am Markt", "sent_back_on": "2026-10-22", "median": "40.00",
    "change": "changed", "field": "PV", "before": "50.00", "after": "40.00", "usual_day": 5,
    "threshold": "50", "closes_on": "2026-12-01", "other_customer": "8120001", "code": "NEU_1",
    "since": "2026-10-14T02:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "facts",
    [
        finding("x", details=DETAILS),
        shipped("x", details=DETAILS),
        shipped("x", "delivered"),
        shipped("x", "returning", carrier="dhl"),
        NOTHING_KNOWN,
    ],
    ids=["not-shipped", "moving", "delivered", "back", "little-known"],
)
def test_every_rule_says_what_happened_why_and_what_to_do(
    rule: str, language: str, facts: dict[str, object]
) -> None:
    """Whatever is known of a finding, no rule is without words or shows template code."""
    told = voice(language).tell({**facts, "rule": rule}, IDENTITY.phones)
    assert told.steps
    for text in (told.title, told.headline, told.what, told.why, *told.steps):
        assert text
        assert not any(sign in text for sign in ("{", "}", "None", "  ", "\n"))
    other = voice(language).tell({**facts, "rule": "no-such-rule"}, IDENTITY.phones)
    assert told.what != other.what


@pytest.mark.parametrize(("rate", "falls"), [(10, False), (25, True), (None, True)])
def test_a_rate_of_ten_percent_can_fall_no_further(rate: int | None, falls: bool) -> None:
    """Whoever is at the lowest rate loses the months that count towards the next one."""
    facts = finding("loyalty-month-at-risk", details={"rate": rate})
    why = voice("de").tell(facts, IDENTITY.phones).why.replace("\N{NO-BREAK SPACE}", " ")
    assert ("beginnt er am nächsten Ersten wieder bei 10 %" in why) is falls
    assert ("wieder von vorn" in why) is not falls


@pytest.mark.parametrize("rule", ["loyalty-order-without-points", "loyalty-order-off-schedule"])
def test_who_followed_the_advice_has_nothing_to_do(rule: str) -> None:
    """An AS that only saves the month may be small and late: one command ends what it causes."""
    steps = voice("de").tell(finding(rule), IDENTITY.phones).steps
    assert "nichts zu tun" in steps[0]
    assert "orders\N{NO-BREAK SPACE}accept" in steps[0]


def test_an_unknown_type_names_its_setting() -> None:
    """Nobody has to search for the table in which the type belongs."""
    steps = voice("de").tell(finding("unknown-order-type"), IDENTITY.phones).steps
    assert "ORDERWATCH_RULES__FAMILIES" in steps[-1]


def test_an_unpaid_order_may_come_from_anywhere() -> None:
    """A row of the consultant's own file is on no list of the back office."""
    assert "Liste" not in voice("de").tell(finding("unpaid"), IDENTITY.phones).what


@pytest.mark.parametrize(
    ("language", "customers", "verb"),
    [("de", 1, "ist bekannt"), ("de", 2, "sind bekannt"), ("en", 1, "is known")],
)
def test_the_first_summary_counts_one_as_one(language: str, customers: int, verb: str) -> None:
    """One customer is known, two are."""
    known = {"customers": customers, "orders": 3, "parcels_open": 0, "first": None, "last": None}
    assert verb in voice(language).say("first-sync-summary.intro", **known)


def test_several_refused_files_are_called_files() -> None:
    """The mail that names two does not speak of one."""
    details = {"subject": "import", "files": [["a.csv", "x"], ["b.csv", "y"]]}
    told = voice("de").tell(finding("source-changed", details=details), IDENTITY.phones)
    assert told.title == "Dateien ließen sich nicht ganz einlesen"
    assert told.what.startswith("2 Dateien")


def test_headline_names_rule_customer_and_order() -> None:
    """`alerts list` and the subject say at a glance who and what."""
    facts = finding("wrong-order-type")
    german = headline("wrong-order-type", "de", facts)
    assert german == "Falscher Bestelltyp: Anna Müller, Bestellung 185204417"
    english = headline("wrong-order-type", "en", facts)
    assert english == "Wrong order type: Anna Müller, order 185204417"


def test_headline_without_facts_is_the_title_alone() -> None:
    """A system finding has neither customer nor order, and its line no dangling colon."""
    assert headline("mail-failing", "de", {}) == "Mails lassen sich nicht senden"


def test_unknown_language_is_refused() -> None:
    """A language without words is a setting's mistake, said in one line."""
    with pytest.raises(ValueError, match="de or en would be right"):
        headline("unpaid", "fr", {})


def test_not_shipped_wrong_type_is_cancelled_by_doterra() -> None:
    """Before shipping only doTERRA can help; a call to Hermes would be in vain."""
    steps = "\n".join(voice("de").tell(finding("wrong-order-type"), IDENTITY.phones).steps)
    assert DOTERRA in steps
    assert "stornieren" in steps
    assert HERMES not in steps


def test_shipped_wrong_type_calls_hermes_first_then_doterra() -> None:
    """The parcel moves while one hesitates: Hermes at once, right after it the credit."""
    steps = voice("de").tell(shipped("wrong-order-type"), IDENTITY.phones).steps
    assert HERMES in steps[0]
    assert "H1001490126781101005" in steps[0]
    assert DOTERRA in steps[1]
    assert "Gutschrift" in steps[1]
    assert "nicht einfach an der Tür ablehnen" in steps[2]


def test_delivered_wrong_type_is_returned() -> None:
    """Too late to stop: what can be done now is a return within doTERRA's terms."""
    steps = "\n".join(
        voice("en").tell(shipped("wrong-order-type", "delivered"), IDENTITY.phones).steps
    )
    assert "30 days" in steps
    assert HERMES not in steps


@pytest.mark.parametrize("carrier", ["dhl", "dpd"])
def test_another_carrier_is_named_instead_of_hermes(carrier: str) -> None:
    """Nobody is sent to Hermes about a parcel that Hermes never had."""
    steps = "\n".join(
        voice("de").tell(shipped("wrong-order-type", carrier=carrier), IDENTITY.phones).steps
    )
    assert carrier.upper() in steps
    assert HERMES not in steps


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(("language", "remedy"), [("de", "mindestens 1 PV"), ("en", "least 1 PV")])
def test_wrong_type_always_names_the_remedy(language: str, remedy: str, *, kept: bool) -> None:
    """An AS of 1 PV before the month ends keeps the rate; nobody else tells her."""
    facts = finding("wrong-order-type", details={"has_as_this_month": kept})
    steps = " ".join(voice(language).tell(facts, {}).steps).replace("\xa0", " ")
    assert remedy in steps


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "open"),
        ({"parcel_state": "announced"}, "open"),
        ({"ship_date": "2026-10-13"}, "moving"),
        ({"parcel_state": "out_for_delivery"}, "moving"),
        ({"ship_date": "2026-10-13", "parcel_state": "delivered"}, "delivered"),
        ({"ship_date": "2026-10-13", "parcel_state": "returning"}, "back"),
    ],
)
def test_how_far_an_order_is(facts: dict[str, str], expected: str) -> None:
    """What to do hangs on whether the parcel still stands, moves, or has come."""
    assert way(facts) == expected


@given(st.text())
def test_cleaned_text_has_no_control_characters(text: str) -> None:
    """No outside text can end a line or turn the direction of writing."""
    cleaned = clean({"name": [text]})["name"][0]
    assert not any(ord(c) < 32 or c in "\x7f\x85\u2028\u2029\u202e" for c in cleaned)
    assert len(cleaned) <= 2_000


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("rule", RULES)
def test_no_product_is_named_in_a_subject(rule: str, language: str) -> None:
    """A subject shows on a locked screen: what a customer takes is nobody's business there."""
    product = "Lavendel 15 ml"
    products = {"items": [product], "field": product, "before": product, "after": product,
                "text": product, "title": product, "basket": {product: 2}}  # fmt: skip
    assert product not in headline(rule, language, finding(rule, details=products))
