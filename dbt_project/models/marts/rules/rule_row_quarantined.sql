{%- set columns = cell_of('q', 'q.cell', 'q.value_as_written') -%}
{%- do columns.update({
    'rule': "case when q.kind = 'eplan_project' then 'export_row_quarantined' else 'row_quarantined' end",
    'division': 'q.division',
    'subject_key': "concat(q.rule, '|', coalesce(q.row_text, ''))",
    'found_th': 'q.value_as_written',
    'found_en': 'q.value_as_written',
    'expected_th': "'ค่าที่อ่านได้ในช่อง ' || q.expected",
    'expected_en': 'q.expected',
    'detail_th': 'coalesce(q.message_th, q.rule)',
    'detail_en': 'coalesce(q.message_en, q.rule)',
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('stg_quarantine') }} as q
where not q.is_whole_file
