{%- set columns = cell_of('e', 'e.cell', 'e.value_as_written') -%}
{%- do columns.update({
    'rule': "'expectation_failed'",
    'division': 'line.division',
    'subject_key': 'e.rule',
    'project_id': 'line.project_id',
    'listing_code': 'line.listing_code',
    'eplan_seq': "case when line.source = 'eplan' then line.eplan_seq end",
    'found_th': "coalesce(e.value_as_written, '-')",
    'found_en': "coalesce(e.value_as_written, '-')",
    'detail_th': "concat(case when line.line_id is null then '' else concat(" ~ line_words_th('line') ~ ", ': ') end, e.message_th)",
    'detail_en': "concat(case when line.line_id is null then '' else concat(" ~ line_words_en('line') ~ ", ': ') end, e.message_en)",
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('stg_expectation_failure') }} as e
left join {{ ref('fct_budget') }} as line
    on e.round_key = line.round_key
    and e.source_sha256 = line.source_sha256
    and e.source_sheet = line.source_sheet
    and e.source_row = line.source_row
