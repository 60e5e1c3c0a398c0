select
    r.round_key,
    {{ origin('r') }},
    r.province_code,
    {{ table_number('r') }} as table_number,
    r.implementation_level,
    {{ as_read(['lgos']) }}
from {{ current_rows('ranking_count') }}
