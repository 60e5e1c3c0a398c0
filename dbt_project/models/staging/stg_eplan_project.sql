select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.dimension,
    r.is_initial,
    r.status,
    {{ as_read([
        'eplan_seq', 'project_name', 'dimension_text', 'budget_plan_baht', 'disbursed_baht',
        'awaiting_report', 'in_progress', 'completed', 'unable', 'remark',
    ]) }}
from {{ current_rows('eplan_project') }}
