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
