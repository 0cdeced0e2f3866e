"""`python -m tests.mail.pictures DIR`: every kind of mail, language, width and scheme as PNG.

For looking at while developing; Chromium is needed, so CI does not run it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tasks.mail.compose import compose
from tests.mail.browser import Browser
from tests.mail.samples import IDENTITY, scenes

WIDTHS = (380, 800)


def main(folder: Path) -> None:
    """Write the mails and their pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with Browser() as browser:
        for name, (kind, facts) in scenes().items():
            for language in ("de", "en"):
                mail = compose(kind, language, facts, IDENTITY)
                page = folder / f"{name}.{language}.html"
                page.write_text(mail.html, encoding="utf-8")
                page.with_suffix(".txt").write_text(f"{mail.subject}\n\n{mail.text}", "utf-8")
                photograph(browser, page)


def photograph(browser: Browser, page: Path) -> None:
    """The pictures of one page; says which ones are wider than their window."""
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            png = browser.picture(page, width=width, dark=scheme == "dark")
            page.with_suffix(f".{width}.{scheme}.png").write_bytes(png)
            if too_wide := browser.overflow(width):
                print(f"{page.name} at {width}: {too_wide} px too wide", file=sys.stderr)
            for text in browser.faint():
                print(f"{page.name} in {scheme}: contrast {text}", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python -m tests.mail.pictures DIR")
    main(Path(sys.argv[1]))
