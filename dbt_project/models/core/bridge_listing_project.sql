with listing as (
    select distinct round_key, lgo_code, listing_code, listing_order
    from {{ ref('stg_division_listing') }}
    where listing_code is not null
),

-- A listing that no project claims is a project of its own, together with the other listings of it.
pair as (
    select listing.*, found.first_listing_code, found.eplan_seq, found.outcome, found.score
    from {{ ref('int_listing_match') }} as found
    inner join listing
        on found.round_key = listing.round_key
        and found.lgo_code = listing.lgo_code
        and found.listing_code = listing.listing_code
    where found.outcome <> 'proposed'
),

named as (
    select *, {{ project_id('round_key', 'lgo_code', 'eplan_seq', 'first_listing_code') }} as project_id
    from pair
)

select
    round_key,
    lgo_code,
    listing_code,
    listing_order,
    project_id,
    eplan_seq,
    row_number() over (
        partition by round_key, lgo_code, project_id order by listing_order, listing_code
    ) = 1 as is_primary_listing,
    row_number() over (partition by round_key, lgo_code, listing_code order by eplan_seq nulls last) = 1
        as is_primary_project,
    case when eplan_seq is not null then outcome end as match_method,
    cast(score as decimal(7, 1)) as match_score
from named
order by round_key, lgo_code, listing_order, eplan_seq
