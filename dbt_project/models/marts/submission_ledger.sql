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
    s.superseded_by,
    cast(s.received_at as date) > round.report_due as is_late,
    case
        when cast(s.received_at as date) > round.report_due
        then {{ days_between('round.report_due', 'cast(s.received_at as date)') }}
        else 0
    end as days_late
from {{ ref('stg_submission') }} as s
left join {{ ref('dim_lgo') }} as lgo on s.lgo_code = lgo.lgo_code
left join {{ ref('dim_round') }} as round on s.round_key = round.round_key
order by s.arrival_id
