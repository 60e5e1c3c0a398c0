-- Once the division has put it right itself there is nothing to say.
select
    {{ correction_finding('correction_expired', {
        'expected_th': "coalesce(c.new_value, 'ว่าง')", 'expected_en': "coalesce(c.new_value, 'nothing')",
        'detail_th': 'cast(c.valid_until as string)', 'detail_en': 'cast(c.valid_until as string)',
    }) }}
from {{ ref('stg_correction') }} as c
where c.outcome = 'expired' and c.target_file is not null and c.found_value is not distinct from c.old_value
