select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.rule,
    r.field,
    r.cell,
    r.before,
    r.after,
    r.detail_th,
    r.detail_en
from {{ rows_of_standing_files('repair') }}
