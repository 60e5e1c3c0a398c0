"""The assets, each module a part of the way from a file to a report."""

from orchestration.dbt_shortcuts import make_serializers_when_asked

# Before any of them imports dagster_dbt, and with it dbt.
make_serializers_when_asked()
