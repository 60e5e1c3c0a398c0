select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.dimension,
    r.is_initial,
    {{ corrected('status') }},
    {{ as_read(['eplan_seq']) }},
    {{ as_read(cells_of_a_line()['eplan_project'] | reject('in', correctable()['eplan']) | list) }},
    {{ corrected('budget_plan_baht') }},
    {{ corrected('disbursed_baht') }},
    fix.corrected_fields,
    fix.corrected_by
from {{ current_rows('eplan_project') }}
{{ join_corrections('eplan') }}
