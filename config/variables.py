"""The variables behind the settings: their names, where they are read, what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from config.env_file import read_env_file

PREFIX = "ORDERWATCH_"
_FILE = "_FILE"
#: How alike the beginning of a name and our prefix are when it was probably meant.
_NEARLY = 0.85
#: What pydantic says, in words that fit a variable; the others already name what would be right.
_REASONS = {
    "bool_parsing": "neither true nor false",
    "int_parsing": "not a whole number",
    "int_from_float": "not a whole number",
    "float_parsing": "not a number",
    "decimal_parsing": "not a number",
    "string_too_short": "must not be empty",
}
#: More than any secret needs, and little enough to be read by mistake.
_MOST_BYTES = 64_000


class SettingsError(Exception):
    """Wrong settings; the text has one line for each variable: its name, the reason, the remedy."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """A setting as a table shows it. `default` is None when there is none; secrets have none."""

    variable: str
    default: str | None
    description: str
    secret: bool
    example: str | None = None


def leaves(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[SettingInfo]:
    """The settings of `model` and of its groups, in their order."""
    for name, field in model.model_fields.items():
        variable = prefix + (field.alias or name).upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, f"{variable}__")
        else:
            secret = "SecretStr" in repr(field.annotation)
            example = str(field.examples[0]) if field.examples else None
            yield SettingInfo(variable, _default(field), field.description or "", secret, example)


def _default(field: FieldInfo) -> str | None:
    value = field.get_default(call_default_factory=False)
    if field.default_factory is not None:
        return "SQLite in the user's data folder"
    return None if value is None else _shown(value)


def _shown(value: Any) -> str:
    """A default as one would write it in a variable."""
    import json
    from datetime import time

    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, dict):
        return json.dumps(value)
    if type(value) is tuple:  # a range of hours shows itself
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def gather(
    env: Mapping[str, str], dotenv: Path | None, known: Sequence[SettingInfo]
) -> tuple[dict[str, str], list[str]]:
    """The texts of all variables set, the environment over the file, and what is refused."""
    problems: list[str] = []
    names = {info.variable for info in known}
    found = _resolve(_read_dotenv(dotenv, problems), names, problems, f" (in {dotenv})")
    found |= _resolve(env, names, problems, "")
    return found, problems


def _read_dotenv(path: Path | None, problems: list[str]) -> dict[str, str]:
    found = read_env_file(path, problems)
    problems += [
        f"{name} (in {path}): has no value; {name}=value would be right"
        for name, value in found.items()
        if value is None and name.upper().startswith(PREFIX)
    ]
    return {name: value for name, value in found.items() if value is not None}


def strays(env: Mapping[str, str], dotenv: Path | None, known: Sequence[SettingInfo]) -> list[str]:
    """A line for each variable that is not ours, but whose name begins nearly as ours do.

    It may be another program's, so it is no error; but mostly it is a slip.
    """
    names = {info.variable for info in known}
    places = ((read_env_file(dotenv, []), f" (in {dotenv})"), (env, ""))
    return [
        f"{name}{where}: is ignored; {_meant(name.upper(), names)}"
        for given, where in places
        for name in given
        if _nearly_ours(name.upper())
    ]


def _nearly_ours(name: str) -> bool:
    if name.startswith(PREFIX):
        return False
    lengths = range(len(PREFIX) - 2, len(PREFIX) + 3)
    return any(
        SequenceMatcher(None, name[:length], PREFIX).ratio() >= _NEARLY for length in lengths
    )


def _meant(name: str, names: set[str]) -> str:
    near = get_close_matches(name.removesuffix(_FILE), names, n=1, cutoff=0.75)
    return f"did you mean {near[0]}?" if near else f"our variables begin with {PREFIX}"


def _resolve(
    given: Mapping[str, str], names: set[str], problems: list[str], where: str
) -> dict[str, str]:
    """Variables by their plain name; a `…_FILE` gives its content. An empty text is "not set"."""
    found: dict[str, str] = {}
    for written, text in given.items():
        name = written.upper()
        if not name.startswith(PREFIX):
            continue
        plain = name if name in names else name.removesuffix(_FILE)
        if plain not in names:
            problems.append(f"{written}{where}: {_unknown(name, names)}")
        elif text.strip() and plain in found:
            problems.append(f"{plain}{where}: set twice, also as {plain}{_FILE}; one is right")
        elif text.strip():
            content = text if plain == name else _read_secret(written + where, text, problems)
            found |= {plain: content} if content else {}
    return found


def _unknown(name: str, names: set[str]) -> str:
    if any(known.startswith(f"{name}__") for known in names):
        return f"a group of settings, no setting; its members begin with {name}__"
    near = get_close_matches(name.removesuffix(_FILE), names, n=1, cutoff=0.75)
    return "unknown setting; " + (
        f"did you mean {near[0]}?" if near else "remove it (docs/settings.md lists all settings)"
    )


def _read_secret(shown: str, path: str, problems: list[str]) -> str:
    """The stripped content of the file that a `…_FILE` variable names."""
    try:
        with Path(path.strip()).expanduser().open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) <= _MOST_BYTES:
            return content.decode("utf-8-sig").strip()
        reason = f"the file {path} is larger than {_MOST_BYTES} bytes"
    except FileNotFoundError:
        reason = f"the file {path} does not exist"
    except UnicodeDecodeError:
        reason = f"the file {path} is no UTF-8 text"
    except (OSError, ValueError, RuntimeError) as error:
        reason = f"the file {path} can't be read ({type(error).__name__})"
    problems.append(f"{shown}: {reason}; a readable file with the value alone would be right")
    return ""


def refusals(error: ValidationError, known: Sequence[SettingInfo]) -> list[str]:
    """One line for each value that the model refused; never the value itself."""
    infos = {info.variable: info for info in known}
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        variable = _longest_known([str(part) for part in problem["loc"]], infos)
        lines.append(f"{variable}: {_reason(problem['type'], problem['msg'], infos.get(variable))}")
    return list(dict.fromkeys(lines))


def _reason(kind: str, message: str, info: SettingInfo | None) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    reason = _REASONS.get(kind) or message.removeprefix("Input ")
    remedy = info.example or info.default if info else None
    return f"{reason}; {remedy} would be right" if remedy else reason


def _longest_known(words: list[str], known: Mapping[str, Any]) -> str:
    """The variable that a location names; below it pydantic adds types, which are no names."""
    for length in range(len(words), 0, -1):
        variable = PREFIX + "__".join(words[:length]).upper()
        if variable in known:
            return variable
    return PREFIX + "__".join(words).upper()
