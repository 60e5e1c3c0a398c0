{%- set columns = cell_of('e', 'e.eplan_seq_cell', 'e.eplan_seq_as_written') -%}
{%- do columns.update({
    'rule': "'minimum_unknown'",
    'subject_key': 'summary.lgo_code',
    'subject_th': 'lgo.lgo_name',
    'subject_en': "concat('Local government ', summary.lgo_code)",
    'found_th': 'lgo.lgo_type',
    'found_en': 'lgo.lgo_type',
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('round_summary') }} as summary
inner join {{ ref('dim_lgo') }} as lgo on summary.lgo_code = lgo.lgo_code
inner join {{ ref('stg_eplan_project') }} as e
    on summary.round_key = e.round_key and summary.lgo_code = e.lgo_code
where summary.minimum_projects is null
qualify row_number() over (partition by e.round_key, e.lgo_code order by e.source_sheet, e.source_row) = 1
