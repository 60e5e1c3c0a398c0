{%- set columns = cell_of('r', 'r.cell', 'r.before') -%}
{%- do columns.update({
    'rule': "'repaired_cell'",
    'division': 'line.division',
    'subject_key': "concat(r.rule, '|', coalesce(r.field, ''))",
    'listing_code': 'line.listing_code',
    'found_th': 'r.before',
    'found_en': 'r.before',
    'expected_th': 'r.after',
    'expected_en': 'r.after',
    'detail_th': 'coalesce(r.detail_th, r.rule)',
    'detail_en': 'coalesce(r.detail_en, r.rule)',
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('stg_repair') }} as r
left join {{ ref('fct_budget') }} as line
    on line.source = 'division'
    and r.round_key = line.round_key
    and r.source_sha256 = line.source_sha256
    and r.source_sheet = line.source_sheet
    and r.source_row = line.source_row
where r.rule <> 'unknown_column'
