select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.dimension,
    r.is_initial,
    {{ corrected('status') }},
    {{ as_read(['eplan_seq', 'project_name', 'dimension_text']) }},
    {{ corrected('budget_plan_baht') }},
    {{ corrected('disbursed_baht') }},
    {{ as_read(['awaiting_report', 'in_progress', 'completed', 'unable', 'remark']) }},
    fix.corrected_fields,
    fix.corrected_by
from {{ current_rows('eplan_project') }}
{{ join_corrections('eplan') }}
