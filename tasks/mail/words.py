"""What the mails say: `words/<language>.toml`, small Jinja texts over a finding's facts. Pure.

- A rule without words of its own still gets a mail (`[rules.other]`): no alert is lost for words.
- A misspelt name in a text is an error (StrictUndefined); a fact that is null is None.
- Texts come out as one line; figures and units stay together by a no-break space.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from jinja2.runtime import Context

from tasks.mail.formats import LANGUAGES, Formats, month_end, next_month, sponsor_change_until

Facts = dict[str, Any]

#: The fields of a finding; one that the facts lack counts as null.
FINDING_FIELDS = (
    "alert_id", "rule", "severity", "order", "customer_id", "customer_name", "shipment",
    "carrier", "tracking_url", "month", "order_date", "type", "pv", "total", "currency",
    "ship_date", "parcel_state", "parcel_text", "parcel_since", "stop", "deadline", "opened_at",
)  # fmt: skip

#: Snippets of `[common]` that every rule's text may use, each over the ones before it.
_SNIPPETS = ("customer", "about", "type_name", "amount", "on_date", "where", "parcel")

#: No scan has shown the parcel under way yet.
_STILL_THERE = (None, "announced", "unknown")

_GOING_BACK = ("returning", "returned", "cancelled")

_DEFAULT_TIMEZONE = "Europe/Berlin"

_SPACE = re.compile(r"[ \t\r\n]+")

_FIGURE_AND_UNIT = re.compile(r"(\d) (PV|%|€|Uhr\b)")

#: The day and the month of a date written out: `31. Oktober 2026`, `31 October 2026`.
_DAY_AND_MONTH = re.compile(r"(\b\d\d?\.?) ([^\W\d_]+ \d{4}\b)")

_NO_BREAK = "\N{NO-BREAK SPACE}"

#: A command of ours in a sentence; it stands last, or before a comma or closing bracket.
COMMAND = re.compile(
    r"orderwatch[ \xa0](?:alerts|orders|cases|customers|jobs|mail|doctor|sync|status|track|sources)"
    r"(?:[ \xa0][\w-]+)*"
)


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words, each text one line. `deadline` is None when there is no date.

    `facts` is all that its texts were made from (see `Voice.context`).
    """

    title: str
    headline: str
    what: str
    why: str
    steps: tuple[str, ...]
    deadline: str | None
    facts: Facts


class Voice:
    """One language's words, compiled as they are first used."""

    def __init__(self, language: str, timezone: str) -> None:
        self.language, self.formats = language, Formats(language, timezone)
        self._texts = _texts(language)
        self._env = environment(self.formats)
        self._compiled: dict[str, Template] = {}
        self._fixed: dict[str, str] = {}

    def say(self, key: str, **facts: Any) -> str:
        """The text `section.name` over `facts`. Raises KeyError for a name without words."""
        section, name = key.split(".", 1)
        return self._render(self._texts[section][name], facts)

    def has(self, key: str) -> bool:
        """Whether there are words for `section.name`."""
        section, name = key.split(".", 1)
        return name in self._texts[section]

    def label(self, section: str, name: str | None) -> str:
        """A fixed word such as a parcel state's; the raw name when there is none."""
        return str(self._texts[section].get(name or "", name or ""))

    def steps(self, texts: list[str], facts: Facts) -> tuple[str, ...]:
        """The steps that apply, in order; `@name` stands for a group of `[groups]`."""
        groups = self._texts["groups"]
        flat = (s for text in texts for s in (groups[text[1:]] if text[:1] == "@" else [text]))
        return tuple(step for step in (self._render(text, facts) for text in flat) if step)

    def section_steps(self, section: str, facts: Facts) -> tuple[str, ...]:
        """The steps of a mail kind that has its own, such as case-reminder."""
        return self.steps(self._texts[section]["steps"], facts)

    def tell(self, finding: Facts, phones: dict[str, str]) -> Told:
        """A finding in words, with the phone numbers of `phones` (hermes, doterra)."""
        rule = self._rule(str(finding.get("rule")))
        facts = self.context(finding, phones)
        facts["title"] = self._render(rule["title"], facts)
        return Told(
            title=facts["title"],
            headline=self._headline(rule, facts),
            what=self._render(rule["what"], facts),
            why=self._render(rule["why"], facts),
            steps=self.steps(rule["steps"], facts),
            deadline=self._deadline(rule, facts),
            facts=facts,
        )

    def _deadline(self, rule: Facts, facts: Facts) -> str | None:
        """Until when it can still be mended: the order itself, the month, or both."""
        kind = rule.get("mending")
        mending = self.say(f"common.mending_{kind}", **facts) if kind else ""
        return self.say("common.deadline", **facts, mending=mending) or None

    def headline(self, finding: Facts) -> str:
        """The finding in one line, as in subjects and lists."""
        rule = self._rule(str(finding.get("rule")))
        facts = self.context(finding, {})
        facts["title"] = self._render(rule["title"], facts)
        return self._headline(rule, facts)

    def context(self, finding: Facts, phones: dict[str, str]) -> Facts:
        """All that a rule's text may name: the finding's fields, and what follows from them."""
        facts: Facts = dict.fromkeys(FINDING_FIELDS) | finding
        facts["details"] = facts.get("details") or {}
        facts |= {
            "parcel_text": (facts["parcel_text"] or "").rstrip(". ") or None,
            "types": self._texts["types"],
            "way": way(facts),
            "month_end": month_end(facts["month"]),
            "next_month": next_month(facts["month"]),
            "sponsor_change_until": sponsor_change_until(facts["order_date"]),
            "phone_hermes": phones.get("hermes", ""),
            "phone_doterra": phones.get("doterra", ""),
        }
        for name in _SNIPPETS:
            facts[name] = self._render(self._texts["common"][name], facts, strip=False)
        return facts

    def _rule(self, name: str) -> Facts:
        rules: dict[str, Facts] = self._texts["rules"]
        return rules.get(name, rules["other"])

    def _headline(self, rule: Facts, facts: Facts) -> str:
        text: str = rule.get("headline") or self._texts["common"]["headline"]
        return self._render(text, facts)

    def _render(self, text: str, facts: Facts, *, strip: bool = True) -> str:
        if "{" not in text:  # two texts of three: nothing to fill in, the same every time
            fixed = self._fixed.get(text)
            if fixed is None:
                fixed = self._fixed[text] = glued(one_line(text)).strip(" ")
            return fixed
        template = self._compiled.get(text)
        if template is None:
            template = self._compiled[text] = self._env.from_string(text)
        # As `template.render(facts)`, without copying the facts for each of thirty small texts,
        # and without the globals, which none of them names.
        context = Context(self._env, facts, None, template.blocks)
        line = glued(one_line("".join(template.root_render_func(context))))
        return line.strip(" ") if strip else line


def headline(rule: str, language: str, finding: Facts, timezone: str = _DEFAULT_TIMEZONE) -> str:
    """One line for a finding, such as `Falscher Bestelltyp: Anna Müller, Bestellung 185...`.

    `finding` has the facts of a mail's finding; fields that it lacks count as null. Raises
    ValueError for a language without words.
    """
    facts = {**clean(finding), "rule": rule}
    return voice(language, timezone).headline(facts).replace(_NO_BREAK, " ")


@lru_cache(maxsize=8)
def voice(language: str, timezone: str = _DEFAULT_TIMEZONE) -> Voice:
    """The words of `language` (`de` or `en`). Raises ValueError for another one."""
    if language not in LANGUAGES:
        raise ValueError(f"no words for language {language!r} (de or en would be right)")
    return Voice(language, timezone)


def way(finding: Facts) -> str:
    """How far an order is: `open` (not shipped), `moving`, `delivered` or `back`."""
    state = finding.get("parcel_state")
    if state == "delivered" or state in _GOING_BACK:
        return "delivered" if state == "delivered" else "back"
    return "open" if state in _STILL_THERE and not finding.get("ship_date") else "moving"


def environment(formats: Formats, **options: Any) -> Environment:
    """A Jinja environment that refuses undefined names and knows dates, money and PV."""
    env = Environment(undefined=StrictUndefined, **options)  # noqa: S701 - plain text, else said
    for name in ("date", "day", "short_day", "moment", "until", "window", "month", "money", "pv"):
        env.filters[name] = getattr(formats, name)
    env.filters["number"] = formats.number
    return env


def glued(line: str) -> str:
    """`line` with figures, dates and our commands kept together by no-break spaces."""
    line = _FIGURE_AND_UNIT.sub(f"\\1{_NO_BREAK}\\2", line)
    line = _DAY_AND_MONTH.sub(f"\\1{_NO_BREAK}\\2", line)
    return COMMAND.sub(lambda found: found[0].replace(" ", _NO_BREAK), line)


def one_line(text: str) -> str:
    """`text` with every run of blanks and line ends as one blank."""
    return _SPACE.sub(" ", text)


#: Line ends, other control characters, and marks that turn the direction of writing.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")

_LONGEST_TEXT = 2_000


def clean(value: Any) -> Any:
    """Outside text made harmless: no control characters, at most 2,000 characters each.

    Walks through lists and dicts; other values stay as they are.
    """
    if isinstance(value, str):
        return _CONTROL.sub(" ", value)[:_LONGEST_TEXT].strip()
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list) else value


def _texts(language: str) -> dict[str, Facts]:
    source = files("tasks.mail").joinpath("words", f"{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))
