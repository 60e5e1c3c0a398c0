-- Which file was the last to name a district: one that leaves out a row that stands here did so later.
with last_of_district as (
    select
        r.round_key,
        {{ district_slot('r') }} as district,
        max(part.arrival_id) as arrival_id,
        max_by(part.source_file, part.arrival_id) as source_file
    from {{ source('accepted', 'ranking') }} as r
    inner join {{ ref('stg_submission_part') }} as part
        on part.kind = 'ranking'
        and part.round_key = r.round_key and part.source_sha256 = r.source_sha256
        and part.slot = {{ submission_slot('ranking', 'r') }}
    group by r.round_key, {{ district_slot('r') }}
)

select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.province_code,
    {{ table_number('r') }} as table_number,
    r.is_capped,
    case when last_of_district.arrival_id > part.arrival_id then last_of_district.source_file end as left_out_by,
    {{ as_read([
        'ranking_seq', 'lgo_name', 'district', 'implementation_pct', 'implementation_level',
    ]) }}
from {{ current_rows('ranking') }}
left join last_of_district
    on r.round_key = last_of_district.round_key and last_of_district.district = {{ district_slot('r') }}
