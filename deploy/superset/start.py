"""Start Superset on this machine with the dashboard of dashboard.py, by `make bi`.

Everything of its own lies in SUCHARIT_HOME/bi: its database, its key, and the password of its user `admin`, which
is SUPERSET_ADMIN_PASSWORD where that is set and else made once and kept in bi/admin_password (0600).
"""

import io
import os
import secrets
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ["SUCHARIT_HOME"]).absolute()
PLACE = HOME / "bi"
WAREHOUSE = HOME / "releases" / "current" / "warehouse.duckdb"


def kept(name: str) -> str:
    """Return a secret of this installation, made where there is none yet."""
    path = PLACE / name
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(42) + "\n")
    return path.read_text().strip()


def prepare(password: str) -> None:
    """Bring Superset's own database up to date: its tables, the user `admin`, the dashboard."""
    sys.path.insert(0, str(HERE))
    from dashboard import bundle
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        import flask_migrate
        from flask import g
        from superset import appbuilder, security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.commands.importers.v1.utils import get_contents_from_bundle
        from superset.migrations import __file__ as migrations

        flask_migrate.upgrade(directory=str(Path(migrations).parent))
        # What `superset init` does.
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        admin = security_manager.find_user("admin")
        if admin is None:
            role = security_manager.find_role("Admin")
            admin = security_manager.add_user("admin", "Sucharit", "BI", "admin@localhost", role, password)
        else:
            security_manager.reset_password(admin.id, password)
        g.user = admin
        with zipfile.ZipFile(io.BytesIO(bundle(WAREHOUSE))) as archive:
            contents = get_contents_from_bundle(archive)
        # The import of a dashboard would leave its charts and queries as they were.
        ImportAssetsCommand(contents).run()


def main() -> None:
    if not WAREHOUSE.exists():
        sys.exit("ยังไม่มีชุดข้อมูล ให้รันรอบก่อน / nothing has been released yet; run a round first")
    PLACE.mkdir(mode=0o700, exist_ok=True)
    kept("secret_key")
    password = os.environ.get("SUPERSET_ADMIN_PASSWORD") or kept("admin_password")
    os.environ |= {"SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"), "SCARF_ANALYTICS": "false"}
    os.environ.setdefault("SUPERSET_HOME", str(PLACE))
    prepare(password)
    port = os.environ.get("PORT", "8088")
    print(
        f"dashboard: http://127.0.0.1:{port}/superset/dashboard/sucharit/ user admin, password in {PLACE}",
        flush=True,
    )
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    # Threads, no further processes: one office looks at one dashboard.
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8", "--timeout", "120"]
    os.execv(gunicorn, [gunicorn, *options, "superset.app:create_app()"])


if __name__ == "__main__":
    main()
