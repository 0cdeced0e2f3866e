"""A mail server on a real socket that does what a test tells it: answer, keep silent, hang up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from io import BufferedReader
from typing import Self

HOST = "127.0.0.1"

#: Instead of a reply: no answer at all, and the line cut off.
SILENCE, HANG_UP = "silence", "hang up"

_REPLIES = {
    "CONNECT": "220 scripted", "EHLO": "250 scripted", "MAIL": "250 OK", "RCPT": "250 OK",
    "DATA": "354 go on", "CONTENT": "250 kept", "RSET": "250 OK", "QUIT": "221 bye",
}  # fmt: skip


class ScriptedServer:
    """Answers each command with its reply; `script` holds others, used up one by one."""

    def __init__(self, **script: list[str]) -> None:
        self.script = {name.upper(): list(replies) for name, replies in script.items()}
        self.kept: list[bytes] = []
        self.connections = 0
        self._closing = threading.Event()
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(0.1)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            with line:
                line.settimeout(10)
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        with line.makefile("rb") as reader:
            for command in self._commands(reader):
                replies = self.script.get(command, [])
                reply = replies.pop(0) if replies else _REPLIES[command]
                if reply == HANG_UP:
                    return
                if reply == SILENCE:
                    reader.read()  # until the other side has had enough
                    return
                line.sendall(f"{reply}\r\n".encode())

    def _commands(self, reader: BufferedReader) -> Iterator[str]:
        yield "CONNECT"
        for text in reader:
            command = text.split()[0].decode().upper()
            yield command
            if command == "DATA":
                self.kept.append(b"".join(iter(reader.readline, b".\r\n")))
                yield "CONTENT"
            if command == "QUIT":
                return
