select
    r.round_key,
    r.lgo_code,
    r.decision,
    {{ origin('r') }},
    {{ as_read(['eplan_seq', 'listing_code', 'note', 'project_name', 'listing_name']) }}
from {{ current_rows('crosswalk') }}
-- An undecided row of match_review.xlsx says nothing yet.
where r.decision <> 'undecided'
