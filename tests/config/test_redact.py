"""Redaction: a log can be sent to a stranger without naming a customer or opening a door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.redact import redact_event, redact_text, redact_value


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("mail to anna.berg+x@mail.example.org refused", "anna"),
        ("recipient <a@b>", "a@b"),
        ("parcel 12345678901234 not found", "1234567890"),
        ("parcel H1234567890123456789 not found", "H123456789"),
        ("parcel 00340434161094022115 not found", "0034043416"),
        ("JJD000390007899999999 moved", "00039000789"),
        ("https://www.myhermes.de/empfangen/sendungsverfolgung#12345678901234", "1234567890"),
        ("https://ups.com/track?loc=de&tracknum=1Z999AA10123456784", "1Z999AA1012345"),
        ("https://api.my-deliveries.de/tnt/v2/shipments/search/12345678901234?a=b", "1234567890"),
        ("https://gls-group.com/DE/de/paketverfolgung?match=12345678901", "1234567"),
        ("can't reach postgresql+psycopg://anna:geheim@db.example.org/x", "geheim"),
        ("redis://:geheim@localhost:6379/0", "geheim"),
        ("Cookie: CFID=geheim; CFTOKEN=alsogeheim", "geheim"),
        ("set-cookie: session=geheim; Path=/", "geheim"),
        ("uid=1&password=geheim&x=1", "geheim"),
        ("{'password': 'geheim'}", "geheim"),
        ("DHL-API-Key: geheim", "geheim"),
        ("Authorization: Basic geheim", "geheim"),
    ],
)
def test_hidden(text: str, hidden: str) -> None:
    """What names a person, follows her parcel or opens an account never stays readable."""
    assert hidden not in redact_text(text)


def test_last_four_stay() -> None:
    """The last four digits stay, so that two log lines about one parcel can be matched."""
    assert redact_text("parcel 12345678901234 late") == "parcel …1234 late"
    assert redact_text("H1234567890123456789") == "…6789"
    assert (
        redact_text("https://host.example/x#1Z999AA10123456784") == "https://host.example/x#…6784"
    )


@pytest.mark.parametrize(
    "text",
    [
        "order 184145362 of customer 1234567 in 2026-10",
        "2026-10-12T07:00:00.123456Z",
        "https://office.doterra.com/index.cfm?ODHNumber=184145362",
        "45.50 PV, 1,045.63 EUR, 12 of 15 rows in 0.834 s",
        "job sync-orders done",
    ],
)
def test_left_alone(text: str) -> None:
    """Order numbers, member IDs, times and amounts stay, or a log would help nobody."""
    assert redact_text(text) == text


def test_by_key() -> None:
    """A name can't be told from a word, so it goes by the key it is logged under."""
    event = {
        "event": "mailed",
        "name": "Anna Berg",
        "to": "anna",
        "Password": "geheim",
        "api_key": "geheim",
        "cookie": {"session": "geheim"},
        "tracking": "1Z999AA10123456784",
        "order": "184145362",
        "count": 3,
        "paid": True,
    }
    assert redact_event(None, "info", event) == {
        "event": "mailed",
        "name": "***",
        "to": "***",
        "Password": "***",
        "api_key": "***",
        "cookie": "***",
        "tracking": "…6784",
        "order": "184145362",
        "count": 3,
        "paid": True,
    }


@dataclass(frozen=True)
class Person:
    """A value as the program passes it around."""

    name: str
    id: str


def test_nested_values() -> None:
    """Lists, mappings, values and exceptions inside an event are redacted to the bottom."""
    shown = str(
        redact_value(
            {
                "people": [Person("Anna Berg", "1234567")],
                "error": ValueError("no mail to anna@example.org"),
                "deep": ({"email": "anna@example.org"}, {"x": ["12345678901234"]}),
                "number": 12345678901234,
                "anna@example.org": 1,
            }
        )
    )
    assert "Anna" not in shown
    assert "anna" not in shown
    assert "1234567890" not in shown
    assert "1234567'" in shown


def test_itself_inside() -> None:
    """A value that holds itself does not hang the log."""
    loop: list[object] = []
    loop.append(loop)
    assert "…" in str(redact_value(loop))


def test_plain_values() -> None:
    """Amounts and times are logged as they are read, nothing as None."""
    assert redact_value(Decimal("45.50")) == "45.50"
    assert redact_value(datetime(2026, 10, 12, tzinfo=UTC)) == "2026-10-12 00:00:00+00:00"
    assert redact_value(None, "name") is None


@given(st.text(max_size=60), st.from_regex(r"\A[0-9]{14}\Z"), st.text(max_size=60))
def test_number_anywhere(before: str, number: str, after: str) -> None:
    """Whatever stands around it, a parcel number is never whole."""
    assert number not in redact_text(f"{before}{number}{after}")


@given(st.text(max_size=60), st.emails(), st.text(max_size=60))
def test_email_anywhere(before: str, address: str, after: str) -> None:
    """Whatever stands around it, an e-mail address is never whole."""
    assert address not in redact_text(f"{before} {address} {after}")


@given(st.text())
def test_twice_is_once(text: str) -> None:
    """What has been redacted once can pass again unharmed."""
    assert redact_text(redact_text(text)) == redact_text(text)
