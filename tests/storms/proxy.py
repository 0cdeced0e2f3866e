"""A wire that can be cut: a TCP proxy on loopback that refuses, stalls or hangs up when told to."""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import suppress
from random import Random
from typing import Literal

Mode = Literal["pass", "refuse", "stall", "cut"]

_LOOK_SECONDS = 0.05
_PIECE = 16384
#: A wire that is cut carries at most so many bytes of the answers before.
_MOST_BEFORE_CUT = 400


class Proxy:
    """Stands before `target`; `mode` may be set at any time, and meets open connections too."""

    def __init__(self, target: tuple[str, int], seed: int = 0) -> None:
        self.target = target
        self._dice = Random(seed)
        self._over = threading.Event()
        self._listener: socket.socket | None = _listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.mode: Mode = "pass"

    def start(self) -> None:
        """Carry connections."""
        self._threads[0].start()

    def stop(self) -> None:
        """Hang up."""
        self._over.set()
        for thread in list(self._threads):
            thread.join()
        if self._listener:
            self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            if self.mode == "refuse":
                self._close_door()
                self._over.wait(_LOOK_SECONDS)
                continue
            self._listener = self._listener or _listen(self.port)
            if select.select([self._listener], [], [], _LOOK_SECONDS)[0]:
                self._take(self._listener.accept()[0])
            self._threads[1:] = [one for one in self._threads[1:] if one.is_alive()]

    def _close_door(self) -> None:
        if self._listener:
            self._listener.close()
            self._listener = None

    def _take(self, near: socket.socket) -> None:
        thread = threading.Thread(target=self._carry, args=[near], daemon=True)
        self._threads.append(thread)
        thread.start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self.target)
        except OSError:
            _hang_up(near)
            return
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):
            self._pump(near, far)
        _hang_up(near)
        _hang_up(far)

    def _pump(self, near: socket.socket, far: socket.socket) -> None:
        left = self._dice.randint(1, _MOST_BEFORE_CUT)
        while not self._over.is_set() and self.mode != "refuse":
            if self.mode == "stall":
                self._over.wait(_LOOK_SECONDS)
                continue
            for one in select.select([near, far], [], [], _LOOK_SECONDS)[0]:
                piece = one.recv(_PIECE)
                if self.mode == "cut" and one is far:
                    near.sendall(piece[:left])
                    left -= len(piece)
                else:
                    (far if one is near else near).sendall(piece)
                if not piece or left <= 0:
                    return


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def _hang_up(one: socket.socket) -> None:
    """At once and without a farewell, as a fallen machine does."""
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
