"""A file that a command is to write: checked before any work is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.cli.asking import ask
from worker.cli.cards import plain
from worker.cli.output import Problem, WrongUse


def check_target(target: Path, yes: bool) -> None:
    """Raises WrongUse where no file can be; asks before one that is there is overwritten."""
    if target.is_dir():
        raise WrongUse(f"{plain(target)} is a folder; a file in it would be right")
    if not target.parent.is_dir():
        raise WrongUse(f"there is no folder {plain(target.parent)}")
    if target.is_file():
        ask(f"{plain(target)} is there already. Overwrite it?", yes)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """What goes wrong while the file is written is one line. Raises Problem."""
    try:
        yield
    except OSError as error:
        raise Problem(f"{plain(target)} can't be written: {error.strerror or error}") from None
