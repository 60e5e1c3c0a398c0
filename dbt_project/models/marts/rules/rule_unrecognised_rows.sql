{%- set columns = cell_of('r', 'cast(null as string)', 'r.row_text') -%}
{%- do columns.update({
    'rule': "'unrecognised_rows'",
    'subject_key': 'r.row_text',
    'subject_th': "concat('ไฟล์ ', r.source_file, coalesce(concat(' แผ่นงาน ', r.source_sheet), ''), ' แถวที่ ', cast(r.source_row as string))",
    'subject_en': "concat(r.source_file, coalesce(concat(', sheet ', r.source_sheet), ''), ', row ', cast(r.source_row as string))",
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('stg_other_row') }} as r
where r.role = 'unrecognised'
