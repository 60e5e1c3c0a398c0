-- A listing counts once, for the first initial project that claims it.
with claimed as (
    select project.project_id, bridge.listing_code
    from {{ ref('dim_project') }} as project
    inner join {{ ref('bridge_listing_project') }} as bridge
        on project.project_id = bridge.project_id and bridge.is_primary_listing
    where project.is_initial
    qualify row_number() over (
        partition by bridge.round_key, bridge.lgo_code, bridge.listing_code order by project.eplan_seq
    ) = 1
)

select
    project.round_key,
    project.lgo_code,
    project.project_id,
    project.eplan_seq,
    project.dimension,
    claimed.listing_code,
    line.name_as_listed as listing_name,
    coalesce({{ ordinance_after_transfers('line') }}, 0) as ordinance_baht,
    line.disbursed_baht as division_disbursed_baht,
    eplan.budget_plan_baht as eplan_budget_baht,
    eplan.disbursed_baht as eplan_disbursed_baht
from {{ ref('dim_project') }} as project
inner join {{ ref('fct_budget') }} as eplan
    on eplan.source = 'eplan' and not eplan.is_repeated_line and project.project_id = eplan.project_id
left join claimed on project.project_id = claimed.project_id
left join {{ ref('fct_budget') }} as line
    on line.source = 'division'
    and not line.is_repeated_line
    and project.round_key = line.round_key
    and project.lgo_code = line.lgo_code
    and claimed.listing_code = line.listing_code
where project.is_initial
