"""What the terminal says of a run that failed: what a person can do, and no stack trace of what was foreseen."""

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    DagsterInstance,
    Failure,
    MaterializeResult,
    asset,
    materialize,
)

from orchestration.summary import failures


@asset(
    check_specs=[
        AssetCheckSpec("is_whole", asset="judged", blocking=True),
        AssetCheckSpec("is_odd", asset="judged"),
    ]
)
def judged():
    yield MaterializeResult()
    yield AssetCheckResult(
        check_name="is_whole",
        passed=False,
        description="ต้องครบ / must be whole",
        metadata={"if the change is real": "add a line", "rows": 3},
    )
    yield AssetCheckResult(check_name="is_odd", passed=False, severity=AssetCheckSeverity.WARN, description="odd")


@asset
def foreseen():
    raise Failure("หน่วยความจำไม่พอ / out of memory", metadata={"dim_lgo": "needs more"})


@asset
def unforeseen():
    raise ValueError("nobody thought of that")


def test_a_failed_run_says_what_to_do():
    with DagsterInstance.ephemeral() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = materialize(
            [judged, foreseen, unforeseen], instance=instance, raise_on_error=False, run_config=quiet
        )
        said = failures(result)
    assert said[:3] == ["", "judged: is_whole: ต้องครบ / must be whole", "  if the change is real: add a line"]
    text = "\n".join(said[3:])
    assert "foreseen: หน่วยความจำไม่พอ / out of memory\n  dim_lgo: needs more" in text
    assert "ValueError: nobody thought of that" in text and "Stack Trace" in text
    assert "is_odd" not in text and "DagsterAssetCheckFailedError" not in text
    assert text.count("Stack Trace") == 1
