with listing as (
    select round_key, lgo_code, listing_code, dimension, mission
    from {{ ref('fct_budget') }}
    where source = 'division' and not is_repeated_line
),

under as (
    select
        bridge.project_id,
        listing.dimension,
        listing.mission,
        min(bridge.listing_order) as first_order,
        {{ string_list('bridge.listing_code', 'bridge.listing_order') }} as listing_codes
    from {{ ref('bridge_listing_project') }} as bridge
    inner join listing
        on bridge.round_key = listing.round_key
        and bridge.lgo_code = listing.lgo_code
        and bridge.listing_code = listing.listing_code
    group by bridge.project_id, listing.dimension, listing.mission
)

-- A project of the list without any listing has no mission that anybody knows.
select
    project.project_id,
    project.round_key,
    project.lgo_code,
    coalesce(under.dimension, project.dimension) as dimension,
    coalesce(under.mission, '-') as mission,
    under.listing_codes,
    cast(count(*) over (partition by project.project_id) as int) as missions,
    row_number() over (
        partition by project.project_id
        order by
            case when under.dimension = project.dimension then 0 else 1 end,
            under.first_order,
            under.mission nulls last
    ) = 1 as counts_once
from {{ ref('dim_project') }} as project
left join under on project.project_id = under.project_id
order by project.round_key, project.lgo_code, project.project_id, mission
