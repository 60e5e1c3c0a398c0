{{ config(materialized='ephemeral') }}

select
    r.round_key,
    r.lgo_code,
    r.side,
    r.what,
    r.field,
    r.old_value,
    r.new_value,
    r.decided_by,
    r.source_row,
    state.arrival_id,
    state.valid_from,
    state.valid_to,
    -- A correction ends with the day of valid_until; what lies after the state's own day is not known yet.
    case
        when cast(r.valid_until as date) < moment.known_on
        then cast(cast(r.valid_until as date) + interval 1 day as timestamp)
    end as expires_at
from {{ source('accepted', 'correction') }} as r
inner join {{ ref('stg_submission_state') }} as state
    on state.kind = 'correction'
    and r.round_key = state.round_key
    and r.source_sha256 = state.source_sha256
    and {{ submission_slot('correction', 'r') }} = state.slot
cross join {{ source('accepted', 'moment') }} as moment
where state.valid_to is null or state.valid_from < state.valid_to
