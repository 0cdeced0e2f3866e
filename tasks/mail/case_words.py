"""What the words about a case may name, in mails and in the command line. Pure."""

from __future__ import annotations

from tasks.mail.words import Facts, Voice

#: Steps that say where a case stands, the most decisive first.
_STAGES = ("credited", "returned", "returning", "delivered")


def case_context(facts: Facts, voice: Voice, phones: dict[str, str]) -> Facts:
    """The facts of a case as its words name them; `facts` are those of `case_facts`.

    `call`: doTERRA is to be called; whoever was just asked is not, until a mail reminds of it.
    """
    known = voice.context(facts, phones)
    known |= {name: facts.get(name) for name in ("case_id", "since", "step", "days", "reason")}
    known |= {"done": facts.get("done") or [], "reorder_due": bool(facts.get("reorder_due"))}
    known |= {"stage": stage(known)}
    return known | {"call": bool(known["reason"]) or not _asked(known["done"], known["stage"])}


def stage(known: Facts) -> str:
    """How far a case is: open, moving, delivered, returning, returned, cancelled or credited."""
    made = {*known["done"], known["step"]}
    for step in _STAGES:
        if step in made:
            return step
    if "cancelled-before-shipping" in made and "shipped" not in made:
        return "cancelled"
    if "shipped" in made and known["way"] == "open":
        return "moving"
    return "returning" if known["way"] == "back" else str(known["way"])


def _asked(done: list[str], reached: str) -> bool:
    """Whether doTERRA was called after what says where the case stands; `done` is by time."""
    if "credit-asked" not in done:
        return False
    return reached not in done or done.index("credit-asked") > done.index(reached)


def case_state(step: str | None, voice: Voice) -> str:
    """The last step in a sentence."""
    key = f"case-reminder.state_{step}"
    return voice.say(key if voice.has(key) else "case-reminder.state_opened")
