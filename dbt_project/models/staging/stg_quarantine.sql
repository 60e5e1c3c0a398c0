select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.division,
    r.kind,
    r.row_key,
    r.cell,
    r.rule,
    r.scope = 'file' as is_whole_file,
    r.value_as_written,
    r.expected,
    r.message_th,
    r.message_en,
    r.row_text
from {{ rows_of_standing_files('quarantine') }}
