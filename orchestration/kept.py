"""What is kept between runs only because making it again takes time: found by a hash of all that it depends on.

Without any of it a run gives the same, only later; `cache/` may be deleted at any time.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

DAYS_KEPT = 30


def used(path: Path) -> bool:
    """Tell whether something is kept, and note that it is still asked for."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def forget_old(folder: Path) -> None:
    """Remove what nobody has asked for in a month."""
    for path in folder.glob("*"):
        if time.time() - path.stat().st_mtime > DAYS_KEPT * 86_400:
            path.unlink(missing_ok=True)
