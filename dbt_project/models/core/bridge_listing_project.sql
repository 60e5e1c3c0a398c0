with listing as (
    select distinct round_key, lgo_code, listing_code, listing_order
    from {{ ref('stg_division_listing') }}
    where listing_code is not null
),

project as (
    select distinct round_key, lgo_code, eplan_seq
    from {{ ref('stg_eplan_project') }}
),

claimed as (
    select distinct listing.*, project.eplan_seq
    from {{ ref('stg_crosswalk') }} as crosswalk
    inner join listing
        on crosswalk.round_key = listing.round_key
        and crosswalk.lgo_code = listing.lgo_code
        and crosswalk.listing_code = listing.listing_code
    inner join project
        on crosswalk.round_key = project.round_key
        and crosswalk.lgo_code = project.lgo_code
        and crosswalk.eplan_seq = project.eplan_seq
),

-- A listing that no project claims is a project of its own.
pair as (
    select listing.*, claimed.eplan_seq
    from listing
    left join claimed
        on listing.round_key = claimed.round_key
        and listing.lgo_code = claimed.lgo_code
        and listing.listing_code = claimed.listing_code
),

named as (
    select *, {{ project_id('round_key', 'lgo_code', 'eplan_seq', 'listing_code') }} as project_id
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
    row_number() over (partition by round_key, lgo_code, listing_code order by eplan_seq) = 1 as is_primary_project
from named
order by round_key, lgo_code, listing_order, eplan_seq
