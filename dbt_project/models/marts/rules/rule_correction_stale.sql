{%- set columns = {
    'rule': "'correction_stale'",
    'round_key': 'c.round_key', 'lgo_code': 'c.lgo_code', 'division': 'c.division',
    'subject_key': 'c.correction_id',
    'listing_code': "case when c.side = 'division' then c.what end",
    'eplan_seq': "case when c.side = 'eplan' then cast(c.what as int) end",
    'source_file': 'c.source_file', 'source_sha256': 'c.source_sha256', 'source_sheet': 'c.source_sheet',
    'source_row': 'c.source_row', 'source_cell': 'c.old_value_cell', 'value_as_written': 'c.old_value',
    'subject_th': "concat(case when c.side = 'division' then 'รายการ ' else 'โครงการที่ ' end, c.what, ' ', c.field)",
    'subject_en': "concat(case when c.side = 'division' then 'Listing ' else 'Project ' end, c.what, ' ', c.field)",
    'found_th': "case when c.target_file is null then 'ไม่มีรายการนี้' else coalesce(c.found_value, 'ว่าง') end",
    'found_en': "case when c.target_file is null then 'no such line' else coalesce(c.found_value, 'nothing') end",
    'expected_th': "coalesce(c.old_value, 'ว่าง')", 'expected_en': "coalesce(c.old_value, 'nothing')",
    'detail_th': "coalesce(c.new_value, 'ว่าง')", 'detail_en': "coalesce(c.new_value, 'nothing')",
} -%}

select {{ finding_columns(columns) }}
from {{ ref('stg_correction') }} as c
where c.outcome = 'guard_failed'
