select
    r.round_key,
    r.lgo_code,
    concat(r.round_key, ':', r.lgo_code, ':', r.row_key) as target,
    r.decided_on,
    f.arrival_id,
    {{ origin('r') }},
    r.cell,
    r.value_as_written
from {{ rows_of_standing_files('quarantine') }}
where r.kind = 'correction' and r.row_key is not null and r.lgo_code is not null
