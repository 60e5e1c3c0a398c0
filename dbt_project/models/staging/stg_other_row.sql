select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.role,
    r.row_text
from {{ rows_of_standing_files('other_row') }}
