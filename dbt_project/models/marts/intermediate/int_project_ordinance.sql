-- A listing counts once, for the first project that claims it, initial ones first. A project has the ordinance of its
-- first listing, or of all that are its parts; before a form with one has come it has none that anybody knows.
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

-- Blanks count as nothing where the column is filled in at all. Where no form of a local government says anything there,
-- only a mark of no budget does.
stating as (
    select distinct round_key, lgo_code
    from {{ ref('fct_budget') }}
    where source = 'division'
        and (
            budget_ordinance_as_written is not null or budget_ordinance_baht is not null
            or transfer_in_baht <> 0 or transfer_out_baht <> 0
        )
),

line as (
    select
        claimed.project_id,
        claimed.is_part,
        claimed.listing_order,
        l.listing_code,
        l.name_as_listed as listing_name,
        case when stating.lgo_code is not null or l.no_budget then {{ ordinance_after_transfers('l') }} end as ordinance_baht,
        l.disbursed_baht
    from claimed
    inner join {{ ref('fct_budget') }} as l
        on l.source = 'division'
        and not l.is_repeated_line
        and claimed.round_key = l.round_key
        and claimed.lgo_code = l.lgo_code
        and claimed.listing_code = l.listing_code
    left join stating on l.round_key = stating.round_key and l.lgo_code = stating.lgo_code
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
),

-- Its listings count for another project.
shared as (
    select distinct bridge.project_id
    from {{ ref('bridge_listing_project') }} as bridge
    inner join stating on bridge.round_key = stating.round_key and bridge.lgo_code = stating.lgo_code
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
    case
        when listing.project_id is not null then listing.ordinance_baht
        when shared.project_id is not null then cast(0 as decimal(18, 2))
    end as ordinance_baht,
    listing.disbursed_baht as division_disbursed_baht,
    eplan.budget_plan_baht as eplan_budget_baht,
    eplan.disbursed_baht as eplan_disbursed_baht
from {{ ref('dim_project') }} as project
inner join {{ ref('fct_budget') }} as eplan
    on eplan.source = 'eplan' and not eplan.is_repeated_line and project.project_id = eplan.project_id
left join listing on project.project_id = listing.project_id
left join shared on project.project_id = shared.project_id
