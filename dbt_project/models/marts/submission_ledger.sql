select
    s.arrival_id,
    s.round_key,
    s.source_file,
    s.source_sha256,
    s.size_bytes,
    s.received_at,
    s.received_from,
    s.outcome,
    s.kinds,
    s.lgo_code,
    lgo.lgo_name,
    s.division,
    s.province_code,
    s.rows_accepted,
    s.rows_quarantined,
    s.reason,
    s.message_th,
    s.message_en,
    s.is_current,
    s.superseded_by
from {{ ref('stg_submission') }} as s
left join {{ ref('dim_lgo') }} as lgo on s.lgo_code = lgo.lgo_code
order by s.arrival_id
