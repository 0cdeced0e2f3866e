"""Debian's Chromium as a camera: one process, spoken to over a pipe, no port and no library."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

#: No network, no profile of the developer's, no first-run pages.
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip

_FAINT = """
(() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = text => {
    const [r, g, b] = parse(text).map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    const color = getComputedStyle(node).backgroundColor;
    const clear = parse(color).length === 4 && parse(color)[3] === 0;
    return !clear ? color : node.parentElement ? behind(node.parentElement) : 'rgb(255,255,255)';
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
    if (!text || !node.getClientRects().length) continue;
    const pair = [light(getComputedStyle(node).color), light(behind(node))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return faint;
})()
"""


def chromium() -> str | None:
    """Where Chromium is, None when this machine has none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """Takes pictures of HTML files. A context manager; raises FileNotFoundError without one."""

    def __init__(self) -> None:
        program = chromium()
        if program is None:
            raise FileNotFoundError("no chromium here; on Debian: apt install chromium")
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # The browser reads from its descriptor 3 and writes to 4.
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        command = [program, *_OPTIONS, f"--user-data-dir={self._profile.name}", "about:blank"]
        shell = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$@"'
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", shell, "sh", *command],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb")
        self._number, self._page = 0, ""

    def __enter__(self) -> Self:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        found = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._page = found["sessionId"]
        self._ask("Page.enable")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._in.close()
        self._out.close()
        self._profile.cleanup()

    def picture(self, page: Path, *, width: int, dark: bool, scale: float = 1) -> bytes:
        """A PNG of the whole page at so many CSS pixels, in light or dark."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])
        self._resize(width, 100, scale)
        self._ask("Page.navigate", url=page.resolve().as_uri())
        self._until("Page.loadEventFired")
        height = self._ask("Page.getLayoutMetrics")["cssContentSize"]["height"]
        self._resize(width, height, scale)
        return base64.b64decode(self._ask("Page.captureScreenshot")["data"])

    def overflow(self, width: int) -> int:
        """By how many pixels the page shown is wider than `width`."""
        return max(int(self._value("document.documentElement.scrollWidth")) - width, 0)

    def faint(self) -> list[str]:
        """Text of the page shown whose contrast is below 4.5 (WCAG AA)."""
        found: list[str] = self._value(_FAINT)
        return found

    def _value(self, script: str) -> Any:
        params = {"expression": script, "returnByValue": True}
        return self._ask("Runtime.evaluate", **params)["result"]["value"]

    def _resize(self, width: int, height: int, scale: float) -> None:
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=False,
        )  # fmt: skip

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._page:
            message["sessionId"] = self._page
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while (answer := self._read()).get("id") != self._number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _until(self, event: str) -> None:
        while self._read().get("method") != event:
            pass

    def _read(self) -> dict[str, Any]:
        text = bytearray()
        while (byte := self._in.read(1)) != b"\0":
            assert byte, "the browser has ended"
            text += byte
        message: dict[str, Any] = json.loads(text)
        return message
