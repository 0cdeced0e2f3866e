"""The first check: whether our packages are ours. It needs nothing else of the program."""

from __future__ import annotations

import importlib
import platform
from importlib.metadata import version
from pathlib import Path

from worker.doctor.result import Fault, Result, Well

#: Their names are plain; another program's must not stand before them.
PACKAGES = ("config", "models", "tasks", "worker")


def look_at_package() -> Result:
    """Without our own packages no other check can be made."""
    try:
        well = package()
    except Fault as fault:
        return Result("package", False, fault.detail, fault.hint)
    return Result("package", True, well.detail)


def package() -> Well:
    """Whether all four packages come from the place where this file lies."""
    home = Path(__file__).parents[2]
    for name in PACKAGES:
        found = _folder_of(name)
        if found != home / name:
            raise Fault(
                f"the package `{name}` comes from {found or 'nowhere'}, not from {home / name}",
                "install orderwatch into a virtual environment of its own and start it elsewhere"
                f" than in a folder with a `{name}`",
            )
    return Well(f"orderwatch {version('orderwatch')} on Python {platform.python_version()}")


def _folder_of(name: str) -> Path | None:
    try:
        file = importlib.import_module(name).__file__
    except ImportError:
        return None
    return Path(file).parent if file else None
