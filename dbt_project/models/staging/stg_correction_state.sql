{{ config(materialized='ephemeral') }}

with said as (
    select
        round_key, lgo_code, side, what, field, old_value, new_value, decided_by, decided_on, valid_until,
        source_file, source_sha256, source_row
    from {{ source('accepted', 'correction') }}
    union all
    -- A row that cannot be read holds back what was decided before it: no figure is what it guards.
    select
        round_key, lgo_code, split_part(row_key, ':', 1), split_part(row_key, ':', 2), split_part(row_key, ':', 3),
        '(unreadable)', cast(null as string), cast(null as string), coalesce(decided_on, '9999-12-31'),
        cast(null as string), source_file, source_sha256, source_row
    from {{ source('accepted', 'quarantine') }}
    where kind = 'correction' and row_key is not null and lgo_code is not null
)

select
    r.round_key,
    r.lgo_code,
    r.side,
    r.what,
    r.field,
    r.old_value,
    r.new_value,
    r.decided_by,
    r.decided_on,
    r.source_row,
    state.arrival_id,
    state.valid_from,
    state.valid_to,
    -- A correction ends with the day of valid_until; what lies after the state's own day is not known yet.
    case
        when cast(r.valid_until as date) < moment.known_on
        then cast(cast(r.valid_until as date) + interval 1 day as timestamp)
    end as expires_at
from said as r
inner join {{ ref('stg_submission_state') }} as state
    on state.kind = 'correction'
    and r.round_key = state.round_key
    and r.source_sha256 = state.source_sha256
    and {{ submission_slot('correction', 'r') }} = state.slot
cross join {{ source('accepted', 'moment') }} as moment
where state.valid_to is null or state.valid_from < state.valid_to
