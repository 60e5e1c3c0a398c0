"""What is kept between runs only because making it again takes time: found by a hash of all that it depends on.

Without any of it a run gives the same, only later; `cache/` may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from orchestration.atomic import write_atomically

DAYS_KEPT = 30


def used(path: Path) -> bool:
    """Tell whether something is kept, and note that it is still asked for."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def keep(path: Path, value: object) -> None:
    """Keep a value of JSON, below a hash of itself: `found` trusts nothing that has been damaged since."""
    text = json.dumps(value, ensure_ascii=False)
    content = f"{_sha256(text)}\n{text}"
    write_atomically(path, lambda temporary: temporary.write_text(content, encoding="utf-8"))


def found(path: Path) -> Any:
    """Return the value that `keep` kept, and note that it is still asked for; None where it is not there whole."""
    try:
        sha256, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return json.loads(text) if _sha256(text) == sha256 and used(path) else None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def forget_old(folder: Path) -> None:
    """Remove what nobody has asked for in a month."""
    for path in folder.glob("*"):
        if time.time() - path.stat().st_mtime > DAYS_KEPT * 86_400:
            path.unlink(missing_ok=True)
