"""Where the parts of the project lie, relative to this file."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds"
SAMPLES = PROJECT / "samples"
