select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.rule,
    r.cell,
    r.value_as_written,
    r.message_th,
    r.message_en
from {{ rows_of_standing_files('expectation_failure') }}
-- A newer list replaces what was said of the list, though the summary beside it in the same file still counts.
left join (
    select round_key, source_sha256, kind, bool_or(is_current) as counts
    from {{ ref('stg_submission_part') }}
    group by round_key, source_sha256, kind
) as own
    on r.round_key = own.round_key and r.source_sha256 = own.source_sha256 and r.table = own.kind
where coalesce(own.counts, true)
