"""Apache Superset for one installation: on this machine only, reading releases and nothing else.

Read by Superset through SUPERSET_CONFIG_PATH; start.py sets what stands in the environment here.
"""

import os
from pathlib import Path

HOME = Path(os.environ["SUCHARIT_HOME"]).absolute()
PLACE = HOME / "bi"
CURRENT = HOME / "releases" / "current"

SECRET_KEY = (PLACE / "secret_key").read_text().strip()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{PLACE / 'superset.db'}"
BABEL_DEFAULT_LOCALE = "en"
WTF_CSRF_ENABLED = True
SESSION_COOKIE_SAMESITE = "Strict"
# Charts ask the release anew: what was kept could be of the one before.
CACHE_CONFIG = DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
# Calls nobody: Superset's own policy would let the page send a sign of life to a service outside.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "font-src": ["'self'", "data:"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}


def DB_CONNECTION_MUTATOR(uri, params, username, security_manager, source):
    """Open the release that serves now, by its own name.

    DuckDB goes on with the file that it has open under a path, so a connection through the link `current` could
    see the release before for as long as any other connection to it is open.
    """
    if uri.drivername == "duckdb" and uri.database and Path(uri.database).parent == CURRENT:
        uri = uri.set(database=str(CURRENT.resolve() / Path(uri.database).name))
    return uri, params
