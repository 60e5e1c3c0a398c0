"""The command line: `python -m orchestration <command>`. Dagster's own commands do the rest."""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
import time
from datetime import datetime
from functools import partial
from pathlib import Path

from orchestration import backup, dbt, doctor, instance, releases, upkeep
from orchestration import settings as configuration
from orchestration.as_of import moment
from orchestration.lock import Busy, hold_until_exit
from orchestration.paths import SAMPLES
from orchestration.rounds import calendar, last_round
from orchestration.settings import Settings, SettingsError

# What rollback and resume leave as it is.
SENT_ON = (
    "PostgreSQL และข้อมูลเปิดยังเป็นชุดเดิม หากใช้อยู่ / PostgreSQL and open data, where used, keep what they have: "
    "python -m orchestration postgresql; materialize open_data in the UI"
)


def init(sample_round: str | None) -> None:
    """Make the runtime directory: sucharit.toml, the Dagster instance, and a sample round where asked for.

    The files of a sample round are received as they could have come in (samples/arrivals.csv).
    What is there already stays, but for a dagster.yaml that this wrote itself and [dagster] now wants otherwise.
    """
    home = configuration.home()
    if not home.exists():
        # What divisions send is nobody else's business on this machine.
        home.mkdir(parents=True, mode=0o750)
    is_new = _copy_missing(SAMPLES / "sucharit.toml", home / "sucharit.toml")
    instance.prepare(Settings(home=home))
    if is_new and not sample_round:
        such_as = last_round().round_key
        print(
            f"{home / 'sucharit.toml'}\n"
            "  1. ระบุ อปท. หน่วยงาน และบันทึกข้อความของท่านในแฟ้มนี้ / "
            "name your local government, divisions and memo in it\n"
            f"  2. วางแฟ้มของแต่ละรอบ เช่น {such_as} ไว้ใน / put the files of a round, such as {such_as}, into\n"
            f"     {home / 'inbox' / such_as}\n"
            f"  3. สั่ง / run: python -m orchestration doctor, then: python -m orchestration round {such_as}"
        )
    if sample_round:
        from orchestration import sample

        sample.receive(Settings(home=home), sample_round)


def _copy_missing(source: Path, target: Path) -> bool:
    """Copy a file to where there is none; tell whether it was."""
    if target.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return True


def keep_runs_in(settings: Settings) -> None:
    """Have Dagster keep its runs in the runtime directory, also where sucharit.toml came there without init."""
    if not (settings.dagster_home / "dagster.yaml").exists():
        instance.prepare(settings)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)


def run_round(round_key: str, despite: list[dict[str, str]]) -> int:
    """Run the job round_report for a round in this process and print what came of it; return the exit code.

    `despite` are decisions to publish despite a rule, with the keys of decisions.Asked.
    """
    settings = configuration.load()
    keep_runs_in(settings)
    # The job would wait as well, and say so in its log only.
    hold_until_exit(settings.home, partial(print, flush=True))
    started = time.perf_counter()
    # The job loads hundreds of thousands of objects that live until it ends; looking through them again and
    # again for garbage takes a tenth of its time, and another tenth when it ends (see the end of this file).
    gc.disable()
    from dagster import DagsterInstance

    from orchestration.assets.release import REPLACED
    from orchestration.definitions import defs
    from orchestration.summary import not_received, summarise

    gc.freeze()
    gc.set_threshold(500_000, 50, 100)
    gc.enable()
    with DagsterInstance.get() as dagster:
        result = defs.resolve_job_def("round_report").execute_in_process(
            partition_key=round_key,
            instance=dagster,
            raise_on_error=False,
            run_config={
                # What fails is said below.
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                "ops": {"publishing_gate": {"config": {"publish_despite": despite}}},
            },
        )
    if not result.success:
        from orchestration.summary import failures, nothing_usable, refused_files

        said = [*failures(result), *refused_files(settings, round_key), *not_received(result)]
        # Last, because that is what a person sees first: an empty round fails at checks that say little of it.
        said += nothing_usable(settings, round_key)
        print("\n".join(said), file=sys.stderr)
        th, en = "ชุดข้อมูลเดิมยังใช้อยู่", "the last release goes on serving"
        if not (settings.releases / releases.CURRENT).exists():
            th, en = "ยังไม่มีชุดข้อมูลใดเผยแพร่", "nothing has been released yet"
        print(
            f"\nงานไม่สำเร็จ {th} รายละเอียดอยู่ในหน้า Dagster / "
            f"run {result.run_id} failed; {en}, details are in the Dagster UI",
            file=sys.stderr,
        )
        return 1
    print(summarise(settings, round_key))
    for made in result.asset_materializations_for_node("release"):
        if REPLACED in made.metadata:
            print(f"  {REPLACED}: {made.metadata[REPLACED].value}")
    for check in result.get_asset_check_evaluations():
        if not check.passed:
            print(
                f"  check      {check.asset_key.to_user_string()}: {check.check_name}: {check.description or '-'}"
            )
    if lines := not_received(result):
        print("\n".join([*lines, ""]))
    print(f"run {result.run_id}, {time.perf_counter() - started:.1f} s")
    return 0


def run_as_of(round_key: str, until: datetime) -> int:
    """Rebuild the round as it was known at a moment, beside the serving release; return the exit code."""
    settings = configuration.load()
    from orchestration import as_of
    from orchestration.summary import of_past_state

    try:
        state = as_of.build(settings, until, round_key)
    except as_of.NotRebuilt as error:
        print(error, file=sys.stderr)
        return 1
    print(of_past_state(state, until, round_key))
    return 0


def list_releases(settings: Settings) -> None:
    """Print every release, oldest first, with what is current and what is held."""
    hold = releases.held(settings)
    serving = releases.current(settings).release_id
    for release in releases.all_releases(settings):
        mark = "current" if release.release_id == serving else ""
        if hold and hold.release_id == release.release_id:
            mark += f", held since {hold.since}: {hold.because}"
        try:
            print(f"{release.release_id}  {release.manifest['created_at']}  {mark}".rstrip())
        except releases.DamagedRelease as error:
            print(f"{error}  {mark}".rstrip())


def verify_releases(settings: Settings, release_id: str | None) -> int:
    """Print what is wrong with a release, or that it is whole; return the exit code."""
    release = upkeep.find(settings, release_id)
    wrong = upkeep.verify(release)
    for line in wrong:
        print(f"{release.release_id}: {line}", file=sys.stderr)
    if not wrong:
        print(f"{release.release_id}: ครบถ้วนตรงตามทะเบียน / whole, every file as its manifest says")
    return 1 if wrong else 0


def look_after(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do what a person asks of releases and backups; return the exit code."""
    if arguments.command == "releases":
        list_releases(settings)
    elif arguments.command == "verify":
        return verify_releases(settings, arguments.release_id)
    elif arguments.command == "alerts":
        return tell(settings, arguments.test)
    elif arguments.command == "postgresql":
        return to_postgresql(settings)
    elif arguments.command == "pages":
        return show_pages(settings, arguments.port)
    elif arguments.command == "docs":
        print(dbt.docs(settings))
    elif arguments.command == "backup":
        done = backup.back_up(settings, arguments.directory)
        if not settings.ledger.exists():
            print("ยังไม่ได้รับแฟ้มใด จึงสำรองเฉพาะการตั้งค่า / nothing has been received yet: only the settings are kept")
        print(f"{done.ledger}: {done.copied} submissions copied, {done.unchanged} there already")
    else:
        # A run that is under way must not switch what is being switched.
        hold_until_exit(settings.home, print)
        if arguments.command == "clean-up":
            _clean_up(settings)
        elif arguments.command == "rollback":
            release = upkeep.roll_back(settings, arguments.release_id, arguments.because)
            print(f"{release.release_id} serves and is held; `python -m orchestration resume` lets go of it")
            print(SENT_ON)
        else:
            print(f"{upkeep.resume(settings).release_id} serves")
            print(SENT_ON)
    return 0


def to_postgresql(settings: Settings) -> int:
    """Bring the serving release into PostgreSQL now, as every run does; return the exit code."""
    from orchestration import postgresql

    options = postgresql.load(settings.home)
    if options is None:
        print("sucharit.toml has no [publish.postgresql]; see docs/bi.md", file=sys.stderr)
        return 1
    try:
        print(postgresql.publish(options, settings.home, releases.current(settings)))
    except postgresql.NotPublished as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def show_pages(settings: Settings, port: int) -> int:
    """Serve the reports and pages that the UI links to, on this machine, until interrupted."""
    from contextlib import suppress

    from orchestration import pages

    with pages.server(settings, port) as server, suppress(KeyboardInterrupt):
        print(f"reports and pages: http://127.0.0.1:{server.server_port}/reports/", flush=True)
        server.serve_forever()
    return 0


def tell(settings: Settings, test: bool) -> int:
    """Print the channels and what waits for each; with `test`, send each a message first. Return the exit code."""
    from orchestration.alerts import settings as alert_settings
    from orchestration.alerts.delivery import channels_of, outbox_of, send_test

    alerts = alert_settings.load(settings.home)
    if alerts is None:
        print("sucharit.toml has no [alerts]; see docs/alerts.md", file=sys.stderr)
        return 1
    became = send_test(alerts, settings.home) if test else outbox_of(settings.home).failures()
    for name, at_least, _ in channels_of(alerts, settings.home):
        print(f"{name:20} from {at_least:9} {became.get(name, 'no fault known')}")
    return 1 if any(what != "sent" for what in became.values()) else 0


def report_again(settings: Settings, round_key: str, release_id: str | None) -> int:
    """Write a round's reports again from a release, say whether they are the same; return the exit code."""
    from orchestration import editions

    made = upkeep.find(settings, release_id)
    try:
        edition = editions.write(settings, made, round_key, serve=False)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{made.release_id}: {edition.directory}")
    if edition.differing is None:
        print(f"  เขียนใหม่ {len(edition.files)} แฟ้ม / {len(edition.files)} files written, none stood there")
    elif edition.differing:
        print("  ต่างจากเดิม (แม่แบบ การตั้งค่า หรือรุ่นโปรแกรมเปลี่ยน) / differ from what stood there:")
        print("\n".join(f"    {name}" for name in edition.differing))
    else:
        print(f"  ตรงกับเดิมทุกไบต์ {len(edition.files)} แฟ้ม / {len(edition.files)} files, the same to the byte")
    return 0


def restore(source: Path) -> None:
    """Bring a backup back into the (empty) runtime directory, and say what to do next.

    Raises SettingsError where the settings that came back cannot be used as they are: secrets are in no backup.
    """
    home = configuration.home()
    done = backup.restore(source, Settings(home=home))
    print(f"กู้คืนแล้ว / {done.copied} submissions and the ledger of {done.ledger.name} restored to {home}")
    run_rounds = "python -m orchestration round <round>, for each round of the ledger"
    try:
        init(None)
    except SettingsError:
        print(
            "ข้อมูลกลับมาครบแล้ว เหลือแก้ตามข้อความข้างล่าง (แฟ้มรหัสลับไม่อยู่ในข้อมูลสำรอง ต้องวางกลับเอง) แล้วสั่ง init และ round / "
            "everything is back; still to do: what is said below (secret files are in no backup, put them back)\n"
            f"next: python -m orchestration init\nthen: {run_rounds}",
            flush=True,
        )
        raise
    print(f"next: {run_rounds}")


def _clean_up(settings: Settings) -> None:
    keep_runs_in(settings)
    from dagster import DagsterInstance

    from orchestration.history import forget_old_runs

    removed = [f"removed {release_id}" for release_id in upkeep.clean_up(settings)]
    with DagsterInstance.get() as dagster:
        while forgotten := forget_old_runs(dagster, settings):
            removed += [f"forgot run {run_id}" for run_id in forgotten]
    print("\n".join(removed) or "nothing to remove")


def _known_round(text: str) -> str:
    if text not in calendar():
        first, last = next(iter(calendar())), last_round().round_key
        raise argparse.ArgumentTypeError(
            f"ปฏิทินไม่มีรอบ {text!r} รอบเขียนว่า FY2566-12M มีตั้งแต่ {first} ถึง {last} (docs/operations.md, New rounds) / "
            f"no round {text!r} in the calendar, which goes from {first} to {last}"
        )
    return text


def _moment_before_now(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} ไม่ใช่วันเวลาที่ผ่านมาแล้ว เช่น 2566-10-17T23:59 / is no past moment such as 2023-10-17T23:59"
        ) from error


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m orchestration", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("init", help="make the runtime directory (SUCHARIT_HOME, default var/)")
    start.add_argument("--sample", metavar="ROUND", choices=[p.name for p in SAMPLES.glob("FY*")])
    run = commands.add_parser("round", help="run the job of one round and print what it found")
    run.add_argument("round_key", type=_known_round, metavar="ROUND", help="such as FY2566-12M")
    run.add_argument(
        "--as-of",
        metavar="MOMENT",
        type=_moment_before_now,
        help="rebuild it as known then, such as 2023-10-17T23:59 (Bangkok), beside the serving release",
    )
    run.add_argument(
        "--despite", metavar="RULE", action="append", help="publish despite this critical check or finding"
    )
    run.add_argument("--because", help="with --despite: why; it stands in the record, the release and the reports")
    run.add_argument("--decided-by", metavar="POST", help="with --despite: who answers for it, a post and no name")
    commands.add_parser("docs", help="write the tables, columns and tests of the last build as one page")
    commands.add_parser("postgresql", help="bring the serving release into PostgreSQL now, as every run does")
    shown = commands.add_parser("pages", help="serve the reports and pages that the UI links to, on this machine")
    shown.add_argument("--port", type=int, default=3002)
    again = commands.add_parser("report", help="write a round's reports again from a release")
    again.add_argument("round_key", type=_known_round, metavar="ROUND", help="such as FY2566-12M")
    again.add_argument("--release", metavar="ID", help="default: the current one")
    commands.add_parser("releases", help="list the releases, with the one that serves")
    check = commands.add_parser("verify", help="measure a release against its manifest (default: the current one)")
    check.add_argument("release_id", nargs="?")
    back = commands.add_parser("rollback", help="serve an earlier release and hold it")
    back.add_argument("release_id")
    back.add_argument("--because", required=True, help="why; it is kept beside the releases")
    commands.add_parser("clean-up", help="remove releases and runs that nobody needs, as every run does")
    commands.add_parser("resume", help="let go of a held release and serve the newest")
    save = commands.add_parser("backup", help="copy submissions, ledger and settings to a directory")
    save.add_argument("directory", type=Path)
    tellers = commands.add_parser("alerts", help="show the channels of [alerts] and which are down")
    tellers.add_argument("--test", action="store_true", help="send a test message over every channel")
    commands.add_parser("doctor", help="look at the machine and the installation, say what is missing")
    bring = commands.add_parser("restore", help="bring a backup back into an empty SUCHARIT_HOME")
    bring.add_argument("directory", type=Path)
    arguments = parser.parse_args()
    # What divisions send is nobody else's business on this machine, whatever the person's own umask.
    os.umask(os.umask(0o077) | 0o027)
    try:
        if arguments.command == "init":
            init(arguments.sample)
            return 0
        if arguments.command == "doctor":
            return doctor.report()
        if arguments.command == "restore":
            restore(arguments.directory)
            return 0
        if arguments.command == "report":
            return report_again(configuration.load(), arguments.round_key, arguments.release)
        if arguments.command != "round":
            return look_after(configuration.load(), arguments)
        if arguments.as_of:
            return run_as_of(arguments.round_key, arguments.as_of)
        despite = [
            {"rule": rule, "reason": arguments.because or "", "decided_by": arguments.decided_by or ""}
            for rule in arguments.despite or ()
        ]
        return run_round(arguments.round_key, despite)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (
        releases.NoRelease,
        releases.DamagedRelease,
        upkeep.UpkeepError,
        backup.BackupError,
        dbt.DbtError,
        Busy,
    ) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    code = main()
    # Python would look through everything for garbage once more before the memory goes back to the machine anyway.
    gc.freeze()
    sys.exit(code)
