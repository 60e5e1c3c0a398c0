-- A listing counts once, for the first project that claims it, initial ones first. A project has the ordinance of its
-- first listing, or of all that are its parts.
with claimed as (
    select project.project_id, bridge.is_part, bridge.listing_order, bridge.round_key, bridge.lgo_code, bridge.listing_code
    from {{ ref('dim_project') }} as project
    inner join {{ ref('bridge_listing_project') }} as bridge
        on project.project_id = bridge.project_id and (bridge.is_primary_listing or bridge.is_part)
    where project.eplan_seq is not null
    qualify row_number() over (
        partition by bridge.round_key, bridge.lgo_code, bridge.listing_code
        order by case when project.is_initial then 0 else 1 end, project.eplan_seq
    ) = 1
),

line as (
    select
        claimed.project_id,
        claimed.is_part,
        claimed.listing_order,
        l.listing_code,
        l.name_as_listed as listing_name,
        {{ ordinance_after_transfers('l') }} as ordinance_baht,
        l.disbursed_baht
    from claimed
    inner join {{ ref('fct_budget') }} as l
        on l.source = 'division'
        and not l.is_repeated_line
        and claimed.round_key = l.round_key
        and claimed.lgo_code = l.lgo_code
        and claimed.listing_code = l.listing_code
),

-- Nearly all projects have one listing: lists are only made for the others, as they are held in memory.
listing as (
    select project_id, listing_code as listing_codes, listing_name, ordinance_baht, disbursed_baht
    from line
    where not is_part
    union all
    select
        project_id,
        {{ string_list('listing_code', 'listing_order') }},
        min_by(listing_name, listing_order),
        cast(sum(ordinance_baht) as decimal(18, 2)),
        cast(sum(disbursed_baht) as decimal(18, 2))
    from line
    where is_part
    group by project_id
)

select
    project.round_key,
    project.lgo_code,
    project.project_id,
    project.eplan_seq,
    project.is_initial,
    project.dimension,
    listing.listing_codes,
    listing.listing_name,
    cast(coalesce(listing.ordinance_baht, 0) as decimal(18, 2)) as ordinance_baht,
    listing.disbursed_baht as division_disbursed_baht,
    eplan.budget_plan_baht as eplan_budget_baht,
    eplan.disbursed_baht as eplan_disbursed_baht
from {{ ref('dim_project') }} as project
inner join {{ ref('fct_budget') }} as eplan
    on eplan.source = 'eplan' and not eplan.is_repeated_line and project.project_id = eplan.project_id
left join listing on project.project_id = listing.project_id
