"""How a mail's headers get onto the wire: written once by us, never parsed again. Pure.

The library would parse each header, encode long identifiers in pieces, and add or drop a blank in
a long subject; all that costs more than the rest of a mail.
"""

from __future__ import annotations

import textwrap
from email.header import Header
from email.policy import EmailPolicy, Policy
from typing import Any

#: RFC 5322 asks for lines no longer than this.
_LINE = 78


class _AsWritten(EmailPolicy):
    """Stores and writes headers as they are: ASCII, folded already where they have to be."""

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
        return Header(text, "utf-8", header_name="Subject").encode(linesep="\n")
    lines = textwrap.wrap(
        text,
        _LINE,
        initial_indent="Subject: ",
        subsequent_indent=" ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).removeprefix("Subject:").strip(" ")
