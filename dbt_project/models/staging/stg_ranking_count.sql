select
    r.round_key,
    {{ origin('r') }},
    r.province_code,
    r.table_number,
    r.implementation_level,
    {{ as_read(['lgos']) }}
from {{ current_rows('ranking_count') }}
