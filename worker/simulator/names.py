"""Invented people: German names with umlauts, apostrophes and one name borne by two. Pure."""

from __future__ import annotations

from random import Random

FIRST_NAMES = (
    "Anna Sabine Jörg Käthe Lea Günter Birgit Sören Marie Ute Frauke Heike Jürgen Petra Silke "
    "Änne Björn Claudia Dörte Elke Franziska Gisela Hannelore Ines Jana Karin Lothar Monika "
    "Nicole Özlem Rosemarie Stefanie Tanja Ursula Vera Wiebke Zoë Thomas Michael Andreas"
).split()

LAST_NAMES = (
    "Schmidt Schröder Weiß Becker Köhler Großmann Krüger Lehmann Böhm Jäger Vogel Winkler "
    "Schäfer Hofmann Richter Kühn Pfeiffer Löwe Bäcker Sommer Ziegler Öztürk Brandt Haas "
    "Meyer-Lüdenscheidt Kowalski Reuß Friedrich Albrecht Voß Arnold Engel Fuchs Günther Keller "
    "O'Neill D'Angelo"
).split()

#: Borne by two different people, so that a search by name is ambiguous.
SHARED_NAME = ("Anna", "Müller")

_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ë": "e", "'": "", " ": ""})


def pick_name(rng: Random) -> tuple[str, str]:
    """A first and a last name, never the shared one."""
    return rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)


def email_of(first: str, last: str, member_id: str) -> str:
    """An address in a domain that is reserved for examples, unique by the member ID's end."""
    plain = f"{first}.{last}".lower().translate(_PLAIN)
    return f"{plain}.{member_id[-3:]}@example.org"


def phone_of(rng: Random) -> str:
    """A number of the Berlin range that is reserved for fiction (030 23125 000 to 999)."""
    return f"+49 30 23125{rng.randrange(1000):03d}"
