"""The floor of a run: a Dagster job that does nothing with the same imports, one dbt parse, one expectation.

Run it with the SUCHARIT_HOME of a finished round: `python bench/empty_job.py [--full-parse]`. Without the flag
dbt reuses what it parsed last time, as the second `dbt parse` on a machine does.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# What the job of a round imports, late or early.
import dagster_dbt  # noqa: F401
import dbt.task.build as _build  # noqa: F401
import docx  # noqa: F401
import duckdb  # noqa: F401
import lxml.html  # noqa: F401
import pandas as pd
import pyarrow.dataset
import pyarrow.parquet  # noqa: F401
import python_calamine  # noqa: F401
import rapidfuzz  # noqa: F401
import typst  # noqa: F401
import vl_convert  # noqa: F401
import xlsxwriter  # noqa: F401
from dagster import DagsterInstance, Definitions, asset, define_asset_job, in_process_executor

from expectations.bridge import validate
from expectations.rules import Rule
from orchestration import dbt, settings
from orchestration.paths import DBT_PROJECT


@asset
def nothing() -> None:
    """Parse the dbt project and judge one value."""
    from dbt.cli.main import dbtRunner

    installation = settings.load()
    dbt.use(installation)
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    how = ["--no-partial-parse"] if "--full-parse" in sys.argv else []
    assert dbtRunner().invoke(["--quiet", "--log-level-file", "none", *how, "parse", *places]).success
    rule = Rule("one", "frame", "ExpectColumnValuesToNotBeNull", {"column": "x"}, "critical", "", "")
    assert validate({"frame": pd.DataFrame({"x": [1]})}, [rule])[0].success


defs = Definitions(assets=[nothing], jobs=[define_asset_job("empty", [nothing])], executor=in_process_executor)

if __name__ == "__main__":
    os.environ["DAGSTER_HOME"] = str(settings.load().dagster_home)
    quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
    with DagsterInstance.get() as instance:
        assert defs.resolve_job_def("empty").execute_in_process(instance=instance, run_config=quiet).success
