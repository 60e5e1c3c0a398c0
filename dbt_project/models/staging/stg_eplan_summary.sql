select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    {{ as_read([
        'initial_projects', 'awaiting_report', 'in_progress', 'completed', 'unable',
        'disbursed_baht', 'disbursed_pct', 'implementation_level', 'implementation_pct',
    ]) }}
from {{ current_rows('eplan_summary') }}
