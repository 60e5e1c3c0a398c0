select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    {{ as_read([
        'minimum_projects', 'all_projects', 'in_ordinance', 'in_progress', 'completed', 'unable',
        'implementation_pct', 'implementation_level',
    ]) }}
from {{ current_rows('eplan_status') }}
