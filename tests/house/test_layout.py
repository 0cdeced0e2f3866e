"""The house: what a reader relies on when she opens a file that says what it is."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("config", "models", "tasks", "worker")
MOST_LINES = 250

#: Longer by nature, with the reason.
LONG = {
    "models/migrations/versions/0001_first_schema.py": "the whole schema at one moment",
    "models/domain/values.py": "the vocabulary of the house, read as one list",
    "tasks/ports.py": "the protocols of the outside world, read as one list",
}

#: What a pure file has no business with: clocks, chance, logs, databases, the network.
IMPURE_IMPORTS = {
    "time", "secrets", "logging", "structlog", "sqlalchemy", "alembic", "httpx2", "smtplib",
    "socket", "subprocess", "dramatiq", "redis",
}  # fmt: skip
IMPURE_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time",
    "time.monotonic", "time.sleep", "uuid.uuid4", "uuid4",
}  # fmt: skip


def modules() -> list[Path]:
    """Every Python file of the four folders."""
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def shown(path: Path) -> str:
    """The path as one would type it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """The file, parsed once."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def is_pure(path: Path) -> bool:
    """Whether the first paragraph of the docstring says "Pure."."""
    first = (ast.get_docstring(tree(path)) or "").partition("\n\n")[0]
    return re.search(r"\bPure[.;:]", first) is not None


def imported(path: Path) -> set[str]:
    """The modules that a file names in its imports, those inside functions included."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def called(path: Path) -> set[str]:
    """What a file calls, as it is written there."""
    return {ast.unparse(n.func) for n in ast.walk(tree(path)) if isinstance(n, ast.Call)}


def file_of(module: str) -> Path | None:
    """The file of one of our modules; packages that hold nothing count as none."""
    path = ROOT / Path(*module.split("."))
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else None


MODULES = pytest.mark.parametrize("path", modules(), ids=shown)
PURE = pytest.mark.parametrize("path", [path for path in modules() if is_pure(path)], ids=shown)

# The simulator is for demo and tests alone; its pure files are not walled against the rest of it.
WALLED = pytest.mark.parametrize(
    "path", [p for p in modules() if is_pure(p) and "simulator" not in p.parts], ids=shown
)


@cache
def pyproject() -> dict[str, Any]:
    """The project's own description."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@MODULES
def test_says_what_it_is_for(path: Path) -> None:
    """Every file with code in it begins with a line that says what it is for."""
    assert ast.get_docstring(tree(path)) or not path.read_text(encoding="utf-8").strip()


@MODULES
def test_calm_size(path: Path) -> None:
    """A file is read in one sitting."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES or shown(path) in LONG, f"{lines} lines; split it by topic"


def test_exceptions_exist() -> None:
    """An exception from the size is one that is still needed."""
    for name in LONG:
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) > MOST_LINES, name


@PURE
def test_pure_imports(path: Path) -> None:
    """A pure file turns values into values: it is handed the time, and holds no connection."""
    assert not {name.partition(".")[0] for name in imported(path)} & IMPURE_IMPORTS


@PURE
def test_pure_calls(path: Path) -> None:
    """A pure file never reads the clock, so that it can be asked about any moment."""
    assert not {call for call in called(path) if call.removeprefix("datetime.") in IMPURE_CALLS}
    assert not called(path) & IMPURE_CALLS


@PURE
def test_pure_chance(path: Path) -> None:
    """A pure file may be handed a seeded `Random`; the process's own dice it never throws."""
    names = {name for name in imported(path) if name.startswith("random.")}
    assert names <= {"random.Random"}
    assert not {call for call in called(path) if call.startswith("random.")} - {"random.Random"}


@WALLED
def test_pure_neighbours(path: Path) -> None:
    """A pure file builds upon pure files only, or it would not be."""
    ours = [name for name in imported(path) if name.partition(".")[0] in FOLDERS]
    files = {file for name in ours if (file := file_of(name))}
    assert not [shown(file) for file in files if not is_pure(file)]


def test_some_are_pure() -> None:
    """The marks are found at all: the domain and the judgements carry them."""
    pure = {shown(path) for path in modules() if is_pure(path)}
    assert {"models/domain/values.py", "models/domain/months.py", "tasks/ports.py"} <= pure


def test_packages_are_listed() -> None:
    """What is not listed is missing after an installation: every folder with code is."""
    listed = set(pyproject()["tool"]["setuptools"]["packages"])
    there = {shown(path.parent).replace("/", ".") for path in modules()}
    assert listed == there


def test_data_files_are_packaged() -> None:
    """Templates, words and tables are installed: each kind of data file has a pattern."""
    patterns = pyproject()["tool"]["setuptools"]["package-data"]["*"]
    kinds = {Path(pattern).suffix for pattern in patterns} | {".py", ".pyc"}
    files = [p for folder in FOLDERS for p in (ROOT / folder).rglob("*") if p.is_file()]
    missing = [
        shown(p) for p in files if p.suffix not in kinds and p.name not in (".keep", "py.typed")
    ]
    assert not missing


def test_every_room_is_walled() -> None:
    """A new room gets its wall: the contract names every package of tasks."""
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    (walled,) = [c["modules"] for c in contracts if c["type"] == "independence"]
    rooms = [p.parent for p in (ROOT / "tasks").glob("*/__init__.py")]
    assert set(walled) == {f"tasks.{room.name}" for room in rooms}
