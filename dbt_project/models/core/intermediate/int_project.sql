{{ config(materialized='table', meta={'by_round': true}) }}

-- A table: whoever follows the projects and whoever shows them reads all of it.
with listed as (
    select
        {{ project_id('round_key', 'lgo_code', 'eplan_seq', "''") }} as project_id,
        round_key,
        lgo_code,
        eplan_seq,
        project_name as name,
        dimension,
        is_initial,
        budget_plan_baht,
        disbursed_baht
    from {{ ref('stg_eplan_project') }}
    where {{ of_round('round_key') }}
    qualify row_number() over (
        partition by round_key, lgo_code, eplan_seq order by source_sheet, source_row
    ) = 1
),

listing as (
    select
        round_key, lgo_code, listing_code, listing_name, dimension, mission, budget_plan_baht, disbursed_baht,
        {{ division_id('l') }} as division_id
    from {{ ref('stg_division_listing') }} as l
    where {{ of_round('round_key') }}
    qualify row_number() over (
        partition by round_key, lgo_code, listing_code order by source_file, source_sha256, source_sheet, source_row
    ) = 1
),

bridge as (
    select * from {{ ref('bridge_listing_project') }} where {{ of_round('round_key') }}
),

-- Nearly all projects have one listing: lists are only made for the others, as they are held in memory.
several_listings as (
    select bridge.project_id, {{ string_list('bridge.listing_code', 'bridge.listing_order') }} as listing_codes
    from bridge
    inner join (select distinct project_id from bridge where not is_primary_listing) as of_several
        on bridge.project_id = of_several.project_id
    group by bridge.project_id
),

listings_of as (
    select
        bridge.project_id,
        bridge.eplan_seq,
        coalesce(several_listings.listing_codes, bridge.listing_code) as listing_codes,
        bridge.listing_code,
        bridge.round_key,
        bridge.lgo_code
    from bridge
    left join several_listings on bridge.project_id = several_listings.project_id
    where bridge.is_primary_listing
),

-- Listings that the list has in several projects: these have its spending together, or its budget and each less than
-- its spending.
divided as (
    select listing.round_key, listing.lgo_code, listing.listing_code
    from (
        select distinct round_key, lgo_code, listing_code from bridge where not is_primary_project
    ) as shared
    inner join listing
        on shared.round_key = listing.round_key
        and shared.lgo_code = listing.lgo_code
        and shared.listing_code = listing.listing_code
    inner join bridge
        on shared.round_key = bridge.round_key
        and shared.lgo_code = bridge.lgo_code
        and shared.listing_code = bridge.listing_code
    inner join listed
        on bridge.project_id = listed.project_id
        and bridge.round_key = listed.round_key
        and bridge.lgo_code = listed.lgo_code
    group by
        listing.round_key, listing.lgo_code, listing.listing_code, listing.budget_plan_baht, listing.disbursed_baht
    having sum(listed.disbursed_baht) = listing.disbursed_baht
        or (
            sum(listed.budget_plan_baht) = listing.budget_plan_baht
            and max(listed.disbursed_baht) < listing.disbursed_baht
        )
),

-- Two projects of the list that stand for the same listing and show the same spending, which is not divided.
same_money as (
    select later.project_id, min(earlier.eplan_seq) as eplan_seq
    from bridge as l
    inner join bridge as e
        on l.round_key = e.round_key
        and l.lgo_code = e.lgo_code
        and l.listing_code = e.listing_code
        and l.eplan_seq > e.eplan_seq
        -- Follows from that; said, it leaves few to look for.
        and not l.is_primary_project
    inner join listed as later on l.project_id = later.project_id
    -- That both are of one local government follows from the listing; unsaid, DuckDB pairs all projects of the nation
    -- that have the same money first.
    inner join listed as earlier
        on e.project_id = earlier.project_id
        and later.round_key = earlier.round_key
        and later.lgo_code = earlier.lgo_code
    left join divided
        on l.round_key = divided.round_key
        and l.lgo_code = divided.lgo_code
        and l.listing_code = divided.listing_code
    where divided.listing_code is null
        and later.disbursed_baht > 0
        and later.disbursed_baht = earlier.disbursed_baht
    group by later.project_id
),

project as (
    select
        listed.project_id,
        listed.round_key,
        listed.lgo_code,
        listed.name,
        listed.dimension,
        listing.mission,
        listed.is_initial,
        listed.budget_plan_baht,
        listed.eplan_seq,
        listings_of.listing_code,
        listings_of.listing_codes,
        listing.division_id,
        case
            when same_money.eplan_seq is not null
            then {{ project_id('listed.round_key', 'listed.lgo_code', 'same_money.eplan_seq', "''") }}
        end as same_money_as_project_id
    from listed
    left join listings_of on listed.project_id = listings_of.project_id
    left join listing
        on listings_of.round_key = listing.round_key
        and listings_of.lgo_code = listing.lgo_code
        and listings_of.listing_code = listing.listing_code
    left join same_money on listed.project_id = same_money.project_id

    union all

    select
        listings_of.project_id,
        listings_of.round_key,
        listings_of.lgo_code,
        listing.listing_name as name,
        listing.dimension,
        listing.mission,
        cast(null as boolean) as is_initial,
        listing.budget_plan_baht,
        cast(null as int) as eplan_seq,
        listings_of.listing_code,
        listings_of.listing_codes,
        listing.division_id,
        cast(null as string) as same_money_as_project_id
    from listings_of
    inner join listing
        on listings_of.round_key = listing.round_key
        and listings_of.lgo_code = listing.lgo_code
        and listings_of.listing_code = listing.listing_code
    where listings_of.eplan_seq is null
)

select project.*, round.period_end
from project
inner join {{ ref('dim_round') }} as round on project.round_key = round.round_key
