select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.province_code,
    r.is_capped,
    {{ as_read([
        'ranking_seq', 'lgo_name', 'district', 'implementation_pct', 'implementation_level',
    ]) }}
from {{ current_rows('ranking') }}
