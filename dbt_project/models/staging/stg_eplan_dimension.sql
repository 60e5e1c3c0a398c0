select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.dimension,
    {{ as_read([
        'dimension_text', 'planned_projects', 'completed_projects', 'budget_plan_baht', 'budget_ordinance_baht',
        'disbursed_baht', 'project_pct', 'budget_pct',
    ]) }}
from {{ current_rows('eplan_dimension') }}
