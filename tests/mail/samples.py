"""Facts of mails as the outbox holds them, made up for the tests of this room."""

from __future__ import annotations

from typing import Any

from models.domain.values import MailKind
from tasks.mail.compose import Identity

Facts = dict[str, Any]

HERMES, DOTERRA = "040 – 593 551 111", "089 – 541 987 38"

IDENTITY = Identity(
    "Sabine Köhler", "sabine.koehler@example.org", {"hermes": HERMES, "doterra": DOTERRA}
)

TRACK = "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#"


def finding(rule: str, **facts: Any) -> Facts:
    """A finding about an unshipped order of Anna Müller, with `facts` instead where given."""
    return {
        "alert_id": 12, "rule": rule, "severity": "medium", "order": "185204417",
        "customer_id": "8120345", "customer_name": "Anna Müller", "shipment": None,
        "carrier": None, "tracking_url": None, "month": "2026-10", "order_date": "2026-10-12",
        "type": "IO", "pv": "57.00", "total": "87.50", "currency": "EUR", "ship_date": None,
        "parcel_state": None, "parcel_text": None, "parcel_since": None, "stop": None,
        "deadline": "2026-10-31T22:59:59Z", "opened_at": "2026-10-12T08:04:00Z", "details": {},
    } | facts  # fmt: skip


def shipped(rule: str, state: str = "in_transit", **facts: Any) -> Facts:
    """The same with a Hermes parcel in `state`."""
    number = "H1001490126781101005"
    parcel = {
        "shipment": number, "carrier": "hermes", "tracking_url": TRACK + number,
        "ship_date": "2026-10-13", "parcel_state": state, "stop": "yes",
        "parcel_text": "Die Sendung ist im Verteilzentrum angekommen.",
    }  # fmt: skip
    return finding(rule, **(parcel | facts))


def parcel(number: str, name: str, state: str, **facts: Any) -> Facts:
    """A parcel as the digest lists it."""
    return {
        "number": number, "carrier": "hermes", "order": "185204411", "customer_name": name,
        "state": state, "expected_from": None, "expected_to": None,
        "tracking_url": TRACK + number,
    } | facts  # fmt: skip


QUIET: Facts = {
    "date": "2026-10-14", "new_orders": [], "findings_open": [], "findings_new": [],
    "findings_info": [], "parcels_by_state": {"delivered": 44}, "parcels_today": [],
    "parcels_open": [], "at_risk": [],
    "pv_by_month": [
        {"month": "2026-08", "pv": "1843.50", "orders": 31},
        {"month": "2026-09", "pv": "2110.00", "orders": 34},
        {"month": "2026-10", "pv": "0.00", "orders": 0},
    ],
    "program": {
        "last_sync_at": "2026-10-14T05:00:12Z", "sync_ok": True, "mails_waiting": 0,
        "parked": 0, "open_system_findings": [],
    },
}  # fmt: skip

BUSY: Facts = QUIET | {
    "new_orders": [
        {"number": "185204420", "customer_name": "Jonas Beck", "type": "AS", "family": "loyalty",
         "pv": "126.50", "total": "1204.90", "currency": "EUR"},
    ],
    "findings_open": [shipped("parcel-stuck", alert_id=14), finding("wrong-order-type")],
    "findings_new": [finding("wrong-order-type")],
    "findings_info": [finding("new-enrolment", severity="info", customer_name="Clara Neumann")],
    "parcels_by_state": {"in_transit": 7, "out_for_delivery": 1, "delivered": 44},
    "parcels_today": [
        parcel("H1001490126781101011", "Miriam Weiß", "out_for_delivery",
               expected_from="2026-10-14T12:00:00Z", expected_to="2026-10-14T14:00:00Z"),
    ],
    "parcels_open": [
        parcel("H1001490126781101011", "Miriam Weiß", "out_for_delivery"),
        parcel("H1001490126781101012", "Petra Lang", "in_transit",
               expected_from="2026-10-16T12:00:00Z", expected_to="2026-10-16T14:00:00Z"),
    ],
    "at_risk": [{"customer_id": "8120399", "customer_name": "Jürgen Groß", "month": "2026-10",
                 "deadline": "2026-10-31T22:59:59Z"}],
}  # fmt: skip

#: The first of a year: nothing ordered yet in the new month, and trouble with the program.
JANUARY: Facts = BUSY | {
    "date": "2027-01-01", "new_orders": [], "findings_new": [],
    "pv_by_month": [
        {"month": "2026-11", "pv": "12843.50", "orders": 131},
        {"month": "2026-12", "pv": "2110.00", "orders": 1},
        {"month": "2027-01", "pv": "0.00", "orders": 0},
    ],
    "program": {
        "last_sync_at": "2026-12-31T02:00:12Z", "sync_ok": False, "mails_waiting": 2,
        "parked": 1, "open_system_findings": [
            {"rule": "sync-failing", "severity": "high", "details": {"subject": "backoffice"}},
        ],
    },
}  # fmt: skip

INVOICE: Facts = {
    "customer_name": "Anna Müller", "order": "185204417", "invoice_number": "R-2026/4711",
    "order_date": "2026-10-12", "total": "87.50", "currency": "EUR",
}  # fmt: skip

FACTS: dict[MailKind, Facts] = {
    MailKind.ALERT: {"findings": [shipped("wrong-order-type", severity="high")]},
    MailKind.REMINDER: {
        "findings": [
            finding("loyalty-month-at-risk", order=None, order_date=None, since="2026-10-20",
                    stage=2)
        ]
    },
    MailKind.ALL_CLEAR: {"findings": [finding("wrong-order-type")]},
    MailKind.FIRST_SYNC_SUMMARY: {
        "customers": 23, "orders": 60, "months": ["2026-08", "2026-10"], "parcels_open": 5,
        "findings": [shipped("parcel-stuck", details={"working_days": 4})],
    },
    MailKind.DIGEST: BUSY,
    MailKind.INVOICE_COPY: INVOICE,
    MailKind.CASE_REMINDER: {
        "case_id": 3, "order": "185204417", "customer_name": "Anna Müller",
        "since": "2026-10-01", "step": "returned", "days": 10,
    },
    MailKind.OPERATOR: {
        "rule": "sync-failing", "title": "sync failing",
        "detail": "the back office refused the login", "since": "2026-10-14T02:00:00Z",
        "until": None,
    },
    MailKind.TEST: {},
}  # fmt: skip

#: A name that breaks nowhere, and a customer who has many.
LONG = "Annegret Elisabeth-Charlotte von Schwarzenfels-Oberhausen"
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänswitwe"


def scenes() -> dict[str, tuple[MailKind, Facts]]:
    """Every kind as it usually is, and the unusual ones: to look at, and to render in tests."""
    usual = {kind.value: (kind, facts) for kind, facts in FACTS.items()}
    several = [
        shipped("wrong-order-type", severity="high", customer_name=LONG),
        finding("unpaid", alert_id=13, customer_name=LONG_WORD),
        shipped("pickup-expiring", "ready_for_pickup", alert_id=15, severity="low",
                details={"pickup_name": "Paketshop Blumen-Müller", "sent_back_on": "2026-10-20"}),
    ]  # fmt: skip
    storm = [shipped("parcel-stuck", alert_id=n, order=f"1852{n:05}") for n in range(60)]
    over = FACTS[MailKind.OPERATOR] | {"until": "2026-10-14T05:10:00Z"}
    return usual | {
        "alert-several": (MailKind.ALERT, {"findings": several}),
        "alert-storm": (MailKind.ALERT, {"findings": storm}),
        "reminder-several": (
            MailKind.REMINDER,
            {"findings": [f | {"since": "2026-10-09T08:00:00Z", "stage": 3} for f in several]},
        ),
        "all-clear-several": (MailKind.ALL_CLEAR, {"findings": several}),
        "digest-quiet": (MailKind.DIGEST, QUIET),
        "digest-january": (MailKind.DIGEST, JANUARY),
        "operator-over": (MailKind.OPERATOR, over),
    }
