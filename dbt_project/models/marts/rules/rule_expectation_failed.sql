{%- set columns = cell_of('e', 'e.cell', 'e.value_as_written') -%}
{%- do columns.update({
    'rule': "'expectation_failed'",
    'division': 'line.division',
    'subject_key': 'e.rule',
    'listing_code': 'line.listing_code',
    'found_th': "coalesce(e.value_as_written, '-')",
    'found_en': "coalesce(e.value_as_written, '-')",
    'detail_th': 'e.message_th',
    'detail_en': 'e.message_en',
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('stg_expectation_failure') }} as e
left join {{ ref('fct_budget') }} as line
    on line.source = 'division'
    and e.round_key = line.round_key
    and e.source_sha256 = line.source_sha256
    and e.source_sheet = line.source_sheet
    and e.source_row = line.source_row
