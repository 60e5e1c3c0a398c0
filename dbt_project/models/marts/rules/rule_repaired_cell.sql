{%- set columns = cell_of('r', 'r.cell', 'r.before') -%}
{%- do columns.update({
    'rule': 'r.said_by',
    'division': "coalesce(line.division, case when r.said_by = 'form_total_differs' then sent.division end)",
    'subject_key': "concat(r.rule, '|', coalesce(r.field, ''))",
    'listing_code': 'line.listing_code',
    'subject_th': "concat('แถว ', cast(r.source_row as string), ' เซลล์ ', coalesce(r.cell, '-'))",
    'subject_en': "concat('Row ', cast(r.source_row as string), ', cell ', coalesce(r.cell, '-'))",
    'found_th': 'r.before',
    'found_en': 'r.before',
    'expected_th': "case when r.said_by <> 'unknown_column' then r.after end",
    'expected_en': "case when r.said_by <> 'unknown_column' then r.after end",
    'detail_th': 'coalesce(r.detail_th, r.rule)',
    'detail_en': 'coalesce(r.detail_en, r.rule)',
}) -%}

with repair as (
    select
        *,
        case rule
            when 'unknown_column' then 'unknown_column'
            when 'total_differs' then 'form_total_differs'
            else 'repaired_cell'
        end as said_by
    from {{ ref('stg_repair') }}
)

select {{ finding_columns(columns) }}
from repair as r
left join {{ ref('fct_budget') }} as line
    on line.source = 'division'
    and r.round_key = line.round_key
    and r.source_sha256 = line.source_sha256
    and r.source_sheet = line.source_sheet
    and r.source_row = line.source_row
-- A total row is no line; whose it is, the file says.
left join {{ ref('stg_submission') }} as sent
    on sent.is_latest_arrival and r.round_key = sent.round_key and r.source_sha256 = sent.source_sha256
