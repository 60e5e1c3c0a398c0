select
    {{ correction_finding('correction_stale', {
        'found_th': "case when c.target_file is null then 'ไม่มีรายการนี้' else coalesce(c.found_value, 'ว่าง') end",
        'found_en': "case when c.target_file is null then 'no such line' else coalesce(c.found_value, 'nothing') end",
        'expected_th': "coalesce(c.old_value, 'ว่าง')", 'expected_en': "coalesce(c.old_value, 'nothing')",
        'detail_th': "coalesce(c.new_value, 'ว่าง')", 'detail_en': "coalesce(c.new_value, 'nothing')",
    }) }}
from {{ ref('stg_correction') }} as c
where c.outcome = 'guard_failed'
