"""One flat partition key: the reporting round. A local government is a column, never a partition."""

from dagster import StaticPartitionsDefinition

from orchestration.rounds import calendar

rounds_partitions = StaticPartitionsDefinition(list(calendar()))
