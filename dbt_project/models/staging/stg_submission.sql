{{ config(materialized='table') }}

with arrival as (
    select
        s.*,
        first_value(s.arrival_id) over (
            partition by s.round_key, s.source_sha256 order by s.arrival_id desc
        ) as latest_arrival_id
    from {{ source('accepted', 'submission') }} as s
),

part as (
    select
        round_key,
        source_sha256,
        count(*) as parts,
        count(*) filter (where is_current) as current_parts,
        max(current_arrival_id) as current_arrival_id
    from {{ ref('stg_submission_part') }}
    group by round_key, source_sha256
),

-- A file of which nothing was accepted is replaced by any later file of the same name in the round, unless both are
-- known to be of two divisions or local governments, and by a later form of the same division that was accepted,
-- whatever its name.
replacement as (
    select
        earlier.arrival_id,
        later.arrival_id as later_id
    from arrival as earlier
    inner join arrival as later
        on earlier.round_key = later.round_key
        and earlier.source_file = later.source_file
        and earlier.source_sha256 <> later.source_sha256
        and later.arrival_id > earlier.arrival_id
        and coalesce(earlier.lgo_code = later.lgo_code, true)
        and coalesce({{ as_one_division('earlier') }} = {{ as_one_division('later') }}, true)
    union all
    select
        earlier.arrival_id,
        later.arrival_id as later_id
    from arrival as earlier
    inner join arrival as later
        on earlier.round_key = later.round_key
        and earlier.lgo_code = later.lgo_code
        and {{ as_one_division('earlier') }} = {{ as_one_division('later') }}
        and earlier.source_sha256 <> later.source_sha256
        and later.arrival_id > earlier.arrival_id
    where later.outcome <> 'quarantined'
),

later as (
    select
        arrival_id,
        max(later_id) as arrival_id_of_later
    from replacement
    group by arrival_id
)

select
    a.arrival_id,
    a.round_key,
    a.source_file,
    a.source_sha256,
    a.size_bytes,
    a.received_at,
    a.received_from,
    a.outcome,
    a.kinds,
    a.lgo_code,
    a.division,
    a.province_code,
    a.rows_accepted,
    a.rows_quarantined,
    a.reason,
    a.message_th,
    a.message_en,
    a.arrival_id = a.latest_arrival_id as is_latest_arrival,
    a.arrival_id = a.latest_arrival_id and coalesce(part.current_parts, 0) > 0 as is_current,
    case
        when a.arrival_id <> a.latest_arrival_id then a.latest_arrival_id
        when part.current_parts = 0 then part.current_arrival_id
        when part.parts is null then later.arrival_id_of_later
    end as superseded_by
from arrival as a
left join part on a.round_key = part.round_key and a.source_sha256 = part.source_sha256
left join later on a.arrival_id = later.arrival_id
