with project as (
    select
        b.round_key,
        b.lgo_code,
        p.dimension,
        s.status,
        b.budget_plan_baht,
        b.disbursed_baht,
        ordinance.ordinance_baht
    from {{ ref('fct_budget') }} as b
    inner join {{ ref('fct_status') }} as s on b.line_id = s.line_id
    inner join {{ ref('dim_project') }} as p on b.project_id = p.project_id and p.is_initial
    inner join {{ ref('int_project_ordinance') }} as ordinance on b.project_id = ordinance.project_id
    where b.source = 'eplan' and b.counts_towards_total
),

-- A project counts in its dimension and in the total. Said as rows, because a left join with `or` tries every part with
-- every project of the nation.
counting as (
    select project.dimension as counts_in, project.* from project
    union all
    select 'total' as counts_in, project.* from project
),

-- Without division forms and a crosswalk nobody can say what is in the ordinance.
listed as (
    select distinct round_key, lgo_code
    from {{ ref('bridge_listing_project') }}
    where eplan_seq is not null
),

part as (
    select lgo.round_key, lgo.lgo_code, dimension.dimension
    from (select distinct round_key, lgo_code from {{ ref('fct_budget') }} where source = 'eplan') as lgo
    inner join {{ ref('dim_round') }} as round on lgo.round_key = round.round_key
    inner join {{ ref('dim_dimension') }} as dimension on round.plan_period = dimension.plan_period
    union all
    select distinct round_key, lgo_code, 'total' as dimension
    from {{ ref('fct_budget') }}
    where source = 'eplan'
),

counted as (
    select
        part.round_key,
        part.lgo_code,
        part.dimension,
        cast(count(counting.dimension) as int) as planned_projects,
        cast(count(*) filter (where counting.status = 'completed') as int) as completed_projects,
        cast(coalesce(sum(counting.budget_plan_baht), 0) as decimal(18, 2)) as budget_plan_baht,
        sum(counting.ordinance_baht) as budget_ordinance_baht,
        count(*) filter (where counting.ordinance_baht is null and counting.budget_plan_baht > 0) as waiting_projects,
        cast(coalesce(sum(counting.disbursed_baht), 0) as decimal(18, 2)) as disbursed_baht
    from part
    left join counting
        on part.round_key = counting.round_key
        and part.lgo_code = counting.lgo_code
        and part.dimension = counting.counts_in
    group by part.round_key, part.lgo_code, part.dimension
)

select
    counted.round_key,
    counted.lgo_code,
    counted.dimension,
    case when counted.dimension = 'total' then 'รวม' else dimension.name end as dimension_name,
    counted.planned_projects,
    counted.completed_projects,
    counted.budget_plan_baht,
    case
        when listed.lgo_code is not null
        then cast(
            {{ known_of('counted.budget_ordinance_baht', 'counted.planned_projects', 'counted.waiting_projects') }}
            as decimal(18, 2)
        )
    end as budget_ordinance_baht,
    counted.disbursed_baht,
    {{ percent('counted.completed_projects', 'counted.planned_projects') }} as project_pct,
    -- The official table prints 0.00 for a dimension whose projects have neither budget nor spending (FY2566-12M).
    case
        when counted.planned_projects > 0 and counted.budget_plan_baht = 0 and counted.disbursed_baht = 0
        then cast(0 as decimal(7, 2))
        else {{ percent('counted.disbursed_baht', 'counted.budget_plan_baht') }}
    end as budget_pct
from counted
left join {{ ref('dim_round') }} as round on counted.round_key = round.round_key
left join {{ ref('dim_dimension') }} as dimension
    on round.plan_period = dimension.plan_period and counted.dimension = dimension.dimension
left join listed on counted.round_key = listed.round_key and counted.lgo_code = listed.lgo_code
order by counted.round_key, counted.lgo_code, counted.dimension
