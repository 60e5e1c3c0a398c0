{%- set missing = "c.target_file is null" -%}
select
    {{ correction_finding('correction_stale', {
        'found_th': "case when " ~ missing ~ " and q.row_key is not null then concat('แถวที่ถูกกักไว้ (', q.source_file, ' แถว ',"
            ~ " cast(q.source_row as string), ')') when " ~ missing ~ " then 'ว่าไม่มีรายการนี้' else coalesce(c.found_value, 'ว่าง') end",
        'found_en': "case when " ~ missing ~ " and q.row_key is not null then concat('a refused row (', q.source_file, ' row ',"
            ~ " cast(q.source_row as string), ')') when " ~ missing ~ " then 'no such line' else coalesce(c.found_value, 'nothing') end",
        'expected_th': "coalesce(c.old_value, 'ว่าง')", 'expected_en': "coalesce(c.old_value, 'nothing')",
        'detail_th': "coalesce(c.new_value, 'ว่าง')", 'detail_en': "coalesce(c.new_value, 'nothing')",
    }) }}
from {{ ref('stg_correction') }} as c
left join {{ ref('stg_quarantine') }} as q
    on c.round_key = q.round_key and c.lgo_code = q.lgo_code and c.what = q.row_key
    and case when c.side = 'division' then 'division_listing' else 'eplan_project' end = q.kind
where c.outcome = 'guard_failed'
-- A row is refused for every cell at fault.
qualify row_number() over (partition by c.correction_id order by q.source_file, q.source_sheet, q.source_row, q.cell) = 1
