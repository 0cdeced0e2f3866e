"""What the parser says of a mistyped command -> our own words: what is wrong, what is right. Pure.

The parser's exceptions are no part of its public face, its sentences are seen by every user; one
that is not known here is passed on as it is.
"""

from __future__ import annotations

import re

_VALUE = r"Invalid value for '?(?P<name>[^':]+)'?: "

#: The parser's sentence, and ours. `{command}` is the command as far as it was understood.
_SENTENCES = tuple(
    (re.compile(pattern), ours)
    for pattern, ours in (
        (_VALUE + r"Input should be a valid integer.*",
         "{name}: no whole number; one such as 12 would be right"),
        (_VALUE + r"Input should be greater than or equal to (?P<least>.+)",
         "{name}: too small; {least} or more would be right"),
        (_VALUE + r"Input should be less than or equal to (?P<most>.+)",
         "{name}: too large; at most {most} would be right"),
        (_VALUE + r"\w+ '(?P<path>.+)' is a file\.", "{name} {path}: a file; a folder is right"),
        (_VALUE + r"(Value error, )?'(?P<word>.*?)' is not one of (?P<right>.+?)\.?",
         "{name} {word!r}: one of {right} would be right"),
        (_VALUE + r"(Value error, )?(?P<reason>.+?)\.?", "{name}: {reason}"),
        (r"No such option: (?P<name>\S+) \(Possible options: (?P<near>.+)\)",
         "there is no option {name}; did you mean {near}?"),
        (r"No such option: (?P<name>\S+)",
         "there is no option {name}; `{command} --help` lists all"),
        (r"No such command '(?P<name>.+?)'\..*",
         "there is no command {name!r}; `{command} --help` lists all"),
        (r"Missing command\.", "a command is missing; `{command} --help` lists all"),
        (r"Missing (option|argument|parameter) '(?P<name>.+?)'\..*",
         "{name} is missing; `{command} --help` has an example"),
        (r"Got unexpected extra arguments?(\(s\))? \((?P<words>.*)\)",
         "too many words: {words}; `{command} --help` has an example"),
        (r"Option '(?P<name>.+)' requires an argument\.", "{name} needs a value after it"),
        (r"Option '(?P<name>.+)' does not take a value\.", "{name} takes no value"),
    )
)  # fmt: skip


def in_our_words(said: str, command: str) -> str:
    """One line for a mistyped command; `command` is what of it was understood."""
    line = " ".join(said.split())
    for pattern, ours in _SENTENCES:
        if match := pattern.fullmatch(line):
            named = {name: words or "" for name, words in match.groupdict().items()}
            if "right" in named:
                named["right"] = named["right"].replace("'", "")
            return ours.format(command=command, **named)
    return line
