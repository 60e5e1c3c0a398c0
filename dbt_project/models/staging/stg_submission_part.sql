{{ config(materialized='table') }}

with with_rows as (
    {% for kind, slot in submission_kinds().items() if slot != 'table' %}
    select distinct
        r.round_key,
        '{{ kind }}' as kind,
        {{ submission_slot(kind, 'r') }} as slot,
        r.source_sha256
    from {{ source('accepted', kind) }} as r
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- A ranking without a name that nobody knows replaces those of an earlier one of its districts all the same.
of_districts as (
    select distinct r.round_key, 'ranking' as kind, {{ district_slot('r') }} as slot, r.source_sha256
    from {{ source('accepted', 'ranking') }} as r
),

-- A register without a row that counts replaces the earlier one all the same: everything in it is withdrawn.
emptied as (
    select distinct s.round_key, kind.kind, {{ emptied_slot('kind.kind', 's') }} as slot, s.source_sha256
    from {{ source('accepted', 'submission') }} as s
    inner join (select 'correction' as kind union all select 'crosswalk' as kind) as kind
        on instr(concat(',', s.kinds, ','), concat(',', kind.kind, ',')) > 0
    left join with_rows as r
        on s.round_key = r.round_key and s.source_sha256 = r.source_sha256 and kind.kind = r.kind
    where s.outcome <> 'quarantined' and r.kind is null
),

part as (
    select *, true as is_part from with_rows
    union all
    select *, false from of_districts
    union all
    select *, true from emptied
),

-- The same file may arrive more than once; its latest arrival is the one that counts. Here and wherever one file
-- comes after another, the order is that of the ledger: a clock that is set back must not bring back an old form.
arrival as (
    select round_key, source_sha256, source_file, arrival_id, received_at
    from {{ source('accepted', 'submission') }}
    qualify row_number() over (
        partition by round_key, source_sha256 order by arrival_id desc
    ) = 1
),

placed as (
    select
        part.round_key,
        part.kind,
        part.slot,
        part.source_sha256,
        arrival.source_file,
        arrival.arrival_id,
        arrival.received_at,
        part.is_part,
        rank() over (
            partition by part.round_key, part.kind, part.slot
            order by arrival.arrival_id desc, part.source_sha256
        ) = 1 as is_current,
        first_value(arrival.arrival_id) over (
            partition by part.round_key, part.kind, part.slot
            order by arrival.arrival_id desc, part.source_sha256
        ) as current_arrival_id
    from part
    -- Not left: what has not arrived (a state of the past is being rebuilt) is not there.
    inner join arrival on part.round_key = arrival.round_key and part.source_sha256 = arrival.source_sha256
)

select round_key, kind, slot, source_sha256, source_file, arrival_id, received_at, is_current, current_arrival_id
from placed
where is_part
union all
-- A count below a ranking was counted over the rows of its table, and stands as long as all of them do.
select
    placed.round_key,
    'ranking_count' as kind,
    below.slot,
    placed.source_sha256,
    placed.source_file,
    placed.arrival_id,
    placed.received_at,
    min(case when placed.is_current then 1 else 0 end) = 1 as is_current,
    max(placed.current_arrival_id) as current_arrival_id
from (
    select distinct r.round_key, r.source_sha256, {{ table_number('r') }} as table_number, {{ submission_slot('ranking_count', 'r') }} as slot
    from {{ source('accepted', 'ranking_count') }} as r
) as below
inner join {{ source('accepted', 'ranking') }} as r
    on below.round_key = r.round_key and below.source_sha256 = r.source_sha256 and below.table_number = {{ table_number('r') }}
inner join placed
    on placed.is_part and placed.kind = 'ranking' and placed.round_key = r.round_key and placed.source_sha256 = r.source_sha256
    and placed.slot = {{ submission_slot('ranking', 'r') }}
group by
    placed.round_key, below.slot, placed.source_sha256, placed.source_file, placed.arrival_id, placed.received_at
