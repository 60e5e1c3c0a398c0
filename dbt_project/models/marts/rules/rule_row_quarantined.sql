{%- set columns = cell_of('q', 'q.cell', 'q.value_as_written') -%}
{%- do columns.update({
    'rule': "case when q.kind = 'eplan_project' and withdrawn.source_row is null then 'export_row_quarantined' else 'row_quarantined' end",
    'division': 'q.division',
    'subject_key': "concat(q.rule, '|', coalesce(q.row_text, ''))",
    'found_th': 'q.value_as_written',
    'found_en': 'q.value_as_written',
    'expected_th': "'ค่าที่อ่านได้ในช่อง ' || q.expected",
    'expected_en': 'q.expected',
    'detail_th': 'coalesce(q.message_th, q.rule)',
    'detail_en': 'coalesce(q.message_en, q.rule)',
}) -%}

-- What a row of the list takes out of the totals is said once: with what it had before, where rule_figure_withdrawn_by_refusal
-- knows that.
select {{ finding_columns(columns) }}
from {{ ref('stg_quarantine') }} as q
left join {{ ref('rule_figure_withdrawn_by_refusal') }} as withdrawn
    on q.round_key = withdrawn.round_key
    and q.source_sha256 = withdrawn.source_sha256
    and q.source_sheet = withdrawn.source_sheet
    and q.source_row = withdrawn.source_row
where not q.is_whole_file
