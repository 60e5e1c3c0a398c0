select *
from {{ ref('stg_correction') }}
order by round_key, lgo_code, side, what, field, source_file, source_row
