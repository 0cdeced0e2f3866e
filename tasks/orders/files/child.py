"""Wire: asks the child process that opens XLSX and PDF, and bounds its time and its answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.table import Table, TableRow

#: Seconds after which a file that is still being unpacked is given up, as long as nobody waits
#: for the database meanwhile; and characters of one line of the answer.
PATIENCE = 600
LONGEST_ANSWER = 2_000_000

#: What a Python process needs of its surroundings; settings and secrets are none of it.
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP")


@contextmanager
def open_xlsx(stream: BinaryIO) -> Iterator[Table]:
    """The heading and the rows of the first sheet. Raises FileRefused, also while rows come."""
    with _child("xlsx", stream) as answers:
        _, heading = next(answers, (1, []))
        if not heading:
            raise FileRefused("empty; a heading and a row for each order would be right")
        yield Table(heading, (TableRow(line, cells) for line, cells in answers))


def pdf_text(stream: BinaryIO) -> str:
    """The text of a PDF. Raises FileRefused."""
    with _child("pdf", stream) as answers:
        return str(next(answers, ""))


@contextmanager
def _child(kind: str, stream: BinaryIO) -> Iterator[Iterator[Any]]:
    command = [sys.executable, "-I", "-m", "tasks.orders.files.unpack", kind]
    process = subprocess.Popen(  # noqa: S603 - our own module, and the file has no name there
        command,
        stdin=stream,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )
    giving_up = threading.Timer(PATIENCE, process.kill)
    giving_up.start()
    try:
        yield _answers(process)
    finally:
        giving_up.cancel()
        process.kill()
        if process.stdout is not None:
            process.stdout.close()
        process.wait()


def _answers(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    assert process.stdout is not None, "it was asked for"
    while line := process.stdout.readline(LONGEST_ANSWER):
        if not line.endswith(b"\n"):
            raise FileRefused("it holds more in one row than an order list has")
        answer = json.loads(line)
        if isinstance(answer, dict):
            raise FileRefused(answer["refused"])
        yield answer
    if process.wait() != 0:
        raise FileRefused("it takes more time or memory than a file may; damaged, or made to harm")
