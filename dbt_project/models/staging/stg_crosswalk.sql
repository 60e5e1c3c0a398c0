select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    {{ as_read(['eplan_seq', 'listing_code', 'note']) }}
from {{ current_rows('crosswalk') }}
