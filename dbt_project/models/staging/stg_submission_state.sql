{{ config(materialized='ephemeral') }}

-- stg_submission_part says which file of a slot counts now; this says which one counted when.
select
    part.round_key,
    part.kind,
    part.slot,
    part.source_sha256,
    a.arrival_id,
    a.received_at as valid_from,
    lead(a.received_at) over (
        partition by part.round_key, part.kind, part.slot order by a.arrival_id
    ) as valid_to
from {{ ref('stg_submission_part') }} as part
inner join {{ source('accepted', 'submission') }} as a
    on part.round_key = a.round_key and part.source_sha256 = a.source_sha256
where part.kind in ('division_listing', 'eplan_project', 'correction')
