"""The reports of a round on disk: written beside the others, renamed into place, made again from any release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration import releases
from orchestration.atomic import drafted, put_in_place
from orchestration.releases import Release
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.reports import Office


@dataclass(frozen=True)
class Edition:
    """The reports of one round from one release.

    `differing` names the files that are not what stood there before: none when they were made again from the
    same release with the same templates, settings and version of the program; None when nothing stood there.
    """

    directory: Path
    files: list[Path]
    differing: list[str] | None


def write(settings: Settings, made: Release, round_key: str, *, serve: bool = True) -> Edition:
    """Write the reports of a round from a release into reports/<round>/<release id>/.

    With `serve`, reports/<round>/current is switched to them. Raises LookupError where the release does not know
    the round.
    """
    from orchestration.reports import write_reports

    place = settings.reports / round_key
    target = place / made.release_id
    with drafted(place) as draft:
        decisions = made.manifest.get("decisions", [])
        office = office_of(settings, round_key)
        files = write_reports(made.warehouse, made.release_id, round_key, draft, office, decisions)
        draft.chmod(0o750)
        differing = _differing(target, draft) if target.exists() else None
        # What is there may be half of an earlier try, or in the wording of an earlier template. Where it is the
        # same, whoever is reading it goes on.
        if differing is None or differing:
            put_in_place(draft, target)
    if serve:
        releases.switch(place, made.release_id)
    shown = place / releases.CURRENT if serve else target
    return Edition(shown, [shown / file.relative_to(draft) for file in files], differing)


def office_of(settings: Settings, round_key: str) -> Office:
    """Return what reports of a round need to know of the installation."""
    from orchestration.reports import Office

    return Office(
        settings.parsed / round_key,
        settings.scope(),
        settings.divisions,
        settings.letterhead,
        settings.cache,
        settings.reported,
    )


def _differing(before: Path, after: Path) -> list[str]:
    """The files that only one of two directories has, or that differ by a byte."""
    contents = [
        {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (before, after)
    ]
    names = sorted(contents[0].keys() | contents[1].keys())
    return [name for name in names if contents[0].get(name) != contents[1].get(name)]
