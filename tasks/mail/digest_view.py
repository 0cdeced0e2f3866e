"""The daily digest's facts as its templates show them: sections, bars, one summary. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tasks.mail.case_words import case_state
from tasks.mail.findings import by_urgency, web_link
from tasks.mail.words import Facts, Voice

#: More rows of one section than this become "and n more".
MOST_ROWS = 15

#: Parcels that are simply on their way: the bars count them, a few are named.
MOST_MOVING = 6

#: Where a parcel needs an eye most; states that are not named here come last.
_URGENT_FIRST = (
    "delivery_failed", "exception", "returning", "ready_for_pickup", "out_for_delivery",
)  # fmt: skip

#: A bar that is not empty is at least this wide, in per cent.
_NARROWEST = 2


def digest_view(facts: Facts, voice: Voice) -> Facts:
    """Everything that the digest's templates name."""
    today = facts.get("parcels_today") or []
    arriving = {parcel["number"] for parcel in today}
    moving = [p for p in facts.get("parcels_open") or [] if p["number"] not in arriving]
    view: Facts = {
        "date": facts["date"],
        "needs": needs(facts, voice),
        "today": [parcel_row(p, voice, today=facts["date"]) for p in today],
        "at_risk": facts.get("at_risk") or [],
        "orders": [order_row(order, voice) for order in facts.get("new_orders") or []],
        "states": state_bars(facts.get("parcels_by_state") or {}, voice),
        "moving": [parcel_row(p, voice) for p in sorted(moving, key=_urgency)],
        "months": month_bars(facts.get("pv_by_month") or [], voice),
        "cases": [case_row(case, voice) for case in facts.get("cases") or []],
        "info": [voice.headline(f) for f in facts.get("findings_info") or []],
        "most": MOST_ROWS,
        "most_moving": MOST_MOVING,
    }
    view["program"], view["healthy"] = program(facts.get("program") or {}, voice)
    view["quiet"] = view["healthy"] and not any(view[name] for name in _SECTIONS)
    view["summary"] = summary(view, voice)
    return view


_SECTIONS = ("needs", "today", "at_risk", "orders", "states", "moving", "cases", "info")


def needs(facts: Facts, voice: Voice) -> list[Facts]:
    """What waits for the consultant: open and new findings once each, most urgent first.

    Loyalty months at risk have a section of their own.
    """
    new = facts.get("findings_new") or []
    fresh = {finding.get("alert_id") for finding in new}
    known = {f.get("alert_id"): f for f in [*(facts.get("findings_open") or []), *new]}
    return [
        {
            "headline": voice.headline(finding),
            "severity": finding.get("severity") or "info",
            "label": voice.say(f"common.severity_{finding.get('severity') or 'info'}"),
            "new": finding.get("alert_id") in fresh,
            "deadline": finding.get("deadline"),
        }
        for finding in by_urgency([f for f in known.values() if _is_row(f)])
    ]


def _is_row(finding: Facts) -> bool:
    return finding.get("severity") != "info" and finding.get("rule") != "loyalty-month-at-risk"


def _urgency(parcel: Facts) -> int:
    state = parcel.get("state")
    return _URGENT_FIRST.index(state) if state in _URGENT_FIRST else len(_URGENT_FIRST)


def parcel_row(parcel: Facts, voice: Voice, today: str | None = None) -> Facts:
    """A parcel's line: whose, which order, where it is, when it comes (`hours`: on `today`)."""
    expected = (parcel.get("expected_from"), parcel.get("expected_to"))
    hours = voice.formats.hours(*expected, today)
    return {
        "who": parcel.get("customer_name") or parcel["number"],
        "order": parcel.get("order"),
        "number": parcel["number"],
        "state": voice.label("states", parcel.get("state")),
        "hours": hours,
        "window": "" if hours else voice.formats.window(*expected),
        "link": web_link(parcel.get("tracking_url")),
    }


def order_row(order: Facts, voice: Voice) -> Facts:
    """An order's line: who, what, how much."""
    return {
        "who": order.get("customer_name") or "",
        "number": order["number"],
        "type": voice.label("types", order.get("type")),
        "pv": voice.formats.pv(order.get("pv")),
        "total": voice.formats.money(order.get("total"), order.get("currency")),
    }


def case_row(case: Facts, voice: Voice) -> Facts:
    """A cancellation's line: which one, and the last step."""
    return {
        "who": case.get("customer_name") or "",
        "order": case.get("order"),
        "state": case_state(case.get("step"), voice),
    }


def state_bars(counts: dict[str, int], voice: Voice) -> list[Facts]:
    """Parcels by state as bars; final states and empty ones are left out."""
    open_states = {s: n for s, n in counts.items() if n and s not in _FINAL}
    labels = [voice.label("states", state) for state in open_states]
    widths = bar_widths(list(open_states.values()))
    return [
        {"label": label, "value": count, "sub": "", "width": width,
         "alt": voice.say("digest.state_alt", label=label, count=count)}
        for label, count, width in zip(labels, open_states.values(), widths, strict=True)
    ]  # fmt: skip


_FINAL = ("delivered", "returned", "cancelled")


def month_bars(months: Sequence[Facts], voice: Voice) -> list[Facts]:
    """PV by month as bars, as they come."""
    widths = bar_widths([Decimal(month["pv"] or 0) for month in months])
    return [
        {
            "label": voice.formats.month(month["month"]),
            "value": voice.formats.pv(month["pv"] or "0"),
            "sub": voice.say("digest.pv_orders", count=month.get("orders") or 0),
            "alt": voice.say("digest.pv_alt", month=month["month"], pv=month["pv"] or "0"),
            "width": width,
        }
        for month, width in zip(months, widths, strict=True)
    ]


def bar_widths(amounts: Sequence[Decimal | int]) -> list[int]:
    """Per cent of the largest amount, 0 for nothing (or less), else at least 2."""
    largest = max(amounts, default=0)
    return [
        max(_NARROWEST, round(100 * amount / largest)) if amount > 0 else 0 for amount in amounts
    ]


def program(state: Facts, voice: Voice) -> tuple[list[str], bool]:
    """How the program itself is doing, in sentences, and whether all is well."""
    last, waiting, parked = (state.get(k) for k in ("last_sync_at", "mails_waiting", "parked"))
    failing = state.get("sync_ok") is False
    word = "program_failing" if failing else "program_ok" if last else "program_never"
    lines = [voice.say(f"digest.{word}", last=last)]
    lines += [voice.say("digest.waiting", count=waiting)] if waiting else []
    lines += [voice.say("digest.parked", count=parked)] if parked else []
    known = ("sync-failing",) if failing else ()
    found = [f for f in state.get("open_system_findings") or [] if f.get("rule") not in known]
    troubles = [voice.headline(finding) for finding in found]
    return lines + troubles, not (failing or parked or troubles)


def summary(view: Facts, voice: Voice) -> str:
    """The day in a few words, for the subject: `2 offene Hinweise, 1 Paket heute`."""
    counts: dict[str, Any] = {
        "s_open": len(view["needs"]) + len(view["at_risk"]),
        "s_today": len(view["today"]),
        "s_orders": len(view["orders"]),
        "s_moving": sum(bar["value"] for bar in view["states"]) or len(view["moving"]),
    }
    parts = [voice.say(f"digest.{name}", count=count) for name, count in counts.items() if count]
    parts = [*([] if view["healthy"] else [voice.say("digest.s_trouble")]), *parts]
    return ", ".join(parts[:3]) or voice.say("digest.s_quiet")
