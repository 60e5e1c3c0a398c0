-- A listing counts once, for the first project that claims it, initial ones first. A project has the ordinance of its
-- first listing, or of all that are its parts.
with claimed as (
    select project.project_id, bridge.round_key, bridge.lgo_code, bridge.listing_code, bridge.listing_order
    from {{ ref('dim_project') }} as project
    inner join {{ ref('bridge_listing_project') }} as bridge
        on project.project_id = bridge.project_id and (bridge.is_primary_listing or bridge.is_part)
    where project.eplan_seq is not null
    qualify row_number() over (
        partition by bridge.round_key, bridge.lgo_code, bridge.listing_code
        order by case when project.is_initial then 0 else 1 end, project.eplan_seq
    ) = 1
),

listing as (
    select
        claimed.project_id,
        {{ string_list('claimed.listing_code', 'claimed.listing_order') }} as listing_codes,
        min_by(line.name_as_listed, claimed.listing_order) as listing_name,
        sum({{ ordinance_after_transfers('line') }}) as ordinance_baht,
        sum(line.disbursed_baht) as disbursed_baht
    from claimed
    inner join {{ ref('fct_budget') }} as line
        on line.source = 'division'
        and not line.is_repeated_line
        and claimed.round_key = line.round_key
        and claimed.lgo_code = line.lgo_code
        and claimed.listing_code = line.listing_code
    group by claimed.project_id
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
    cast(listing.disbursed_baht as decimal(18, 2)) as division_disbursed_baht,
    eplan.budget_plan_baht as eplan_budget_baht,
    eplan.disbursed_baht as eplan_disbursed_baht
from {{ ref('dim_project') }} as project
inner join {{ ref('fct_budget') }} as eplan
    on eplan.source = 'eplan' and not eplan.is_repeated_line and project.project_id = eplan.project_id
left join listing on project.project_id = listing.project_id
