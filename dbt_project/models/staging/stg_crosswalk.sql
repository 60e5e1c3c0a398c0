select
    r.round_key,
    r.lgo_code,
    case when r.listing_code is null then 'none' else 'match' end as decision,
    {{ origin('r') }},
    {{ as_read(['eplan_seq', 'listing_code', 'note']) }}
from {{ current_rows('crosswalk') }}
