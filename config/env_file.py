"""The file `.env`: the variables in it, and the lines of it that can't be read."""

from __future__ import annotations

from pathlib import Path

from dotenv.parser import Binding, parse_stream

_REMEDY = "NAME=value would be right, a value with blanks or # in 'quotes'"


def read_env_file(path: Path | None, problems: list[str]) -> dict[str, str | None]:
    """The variables of the file, if it exists; None is the value of a name without `=`.

    `problems` gets a line for each line that can't be read: file and number, never the value.
    """
    if path is None or not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig") as file:
            bindings = list(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: can't be read as UTF-8 text ({type(error).__name__})")
        return {}
    problems += [
        f"{path}, line {_line(binding)}: can't be read; {_REMEDY}"
        for binding in bindings
        if binding.error
    ]
    return {binding.key: binding.value for binding in bindings if binding.key is not None}


def _line(binding: Binding) -> int:
    """Where the text begins: the parser counts the empty lines before it as part of it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
