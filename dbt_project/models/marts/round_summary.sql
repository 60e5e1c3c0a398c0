with line as (
    select
        b.round_key,
        b.lgo_code,
        project.is_initial,
        b.budget_plan_baht,
        b.disbursed_baht,
        b.is_same_money_again,
        s.status,
        weight.weight
    from {{ ref('fct_budget') }} as b
    inner join {{ ref('fct_status') }} as s on b.line_id = s.line_id
    inner join {{ ref('dim_project') }} as project on b.project_id = project.project_id
    left join {{ ref('implementation_weight') }} as weight on s.status = weight.status
    where b.source = 'eplan' and b.counts_towards_total
),

counted as (
    select
        round_key,
        lgo_code,
        cast(count(*) filter (where is_initial) as int) as initial_projects,
        cast(count(*) filter (where not is_initial) as int) as additional_projects,
        cast(count(*) filter (where status = 'awaiting_report') as int) as awaiting_report,
        cast(count(*) filter (where status = 'in_progress') as int) as in_progress,
        cast(count(*) filter (where status = 'completed') as int) as completed,
        cast(count(*) filter (where status = 'unable') as int) as unable,
        cast(count(*) filter (where status is null) as int) as status_unclear,
        cast(coalesce(sum(budget_plan_baht), 0) as decimal(18, 2)) as budget_baht,
        cast(coalesce(sum(disbursed_baht), 0) as decimal(18, 2)) as disbursed_baht,
        cast(coalesce(sum(disbursed_baht) filter (where not is_same_money_again), 0) as decimal(18, 2))
            as disbursed_distinct_baht,
        cast(count(*) filter (where is_initial and status = 'in_progress') as int) as initial_in_progress,
        cast(count(*) filter (where is_initial and status = 'completed') as int) as initial_completed,
        cast(count(*) filter (where is_initial and status = 'unable') as int) as initial_unable,
        cast(coalesce(sum(weight) filter (where is_initial), 0) as decimal(18, 2)) as initial_done
    from line
    group by round_key, lgo_code
),

ordinance as (
    select
        round_key,
        lgo_code,
        case when count(ordinance_baht) > 0 then count(*) filter (where ordinance_baht > 0) end as initial_in_ordinance,
        count(*) filter (where ordinance_baht is null and eplan_budget_baht > 0) as waiting
    from {{ ref('int_project_ordinance') }}
    where is_initial
    group by round_key, lgo_code
),

-- Without division forms and a crosswalk nobody can say what is in the ordinance.
listed as (
    select distinct round_key, lgo_code
    from {{ ref('bridge_listing_project') }}
    where eplan_seq is not null
),

measured as (
    select
        counted.*,
        round.plan_period,
        round.months,
        case
            when listed.lgo_code is not null
            then cast(
                {{ known_of('ordinance.initial_in_ordinance', 'counted.initial_projects', 'ordinance.waiting') }} as int
            )
        end as initial_in_ordinance,
        minimum.minimum_projects
    from counted
    inner join {{ ref('dim_round') }} as round on counted.round_key = round.round_key
    inner join {{ ref('dim_lgo') }} as lgo on counted.lgo_code = lgo.lgo_code
    left join {{ ref('nacc_minimum') }} as minimum
        on lgo.lgo_type = minimum.lgo_type and round.plan_period = minimum.plan_period
    left join listed on counted.round_key = listed.round_key and counted.lgo_code = listed.lgo_code
    left join ordinance on counted.round_key = ordinance.round_key and counted.lgo_code = ordinance.lgo_code
),

level as (
    select
        measured.round_key,
        measured.lgo_code,
        max_by(level.level, level.lower_pct) as implementation_level,
        max_by(level.level_th, level.lower_pct) as implementation_level_th
    from measured
    inner join {{ ref('implementation_level') }} as level
        on measured.plan_period = level.plan_period
        and measured.months = level.months
        and {{ reaches_level('measured.initial_done', 'measured.minimum_projects', 'level.lower_pct') }}
    group by measured.round_key, measured.lgo_code
)

select
    measured.round_key,
    measured.lgo_code,
    measured.initial_projects,
    measured.additional_projects,
    measured.awaiting_report,
    measured.in_progress,
    measured.completed,
    measured.unable,
    measured.status_unclear,
    measured.budget_baht,
    measured.disbursed_baht,
    measured.disbursed_distinct_baht,
    {{ percent('measured.disbursed_baht', 'measured.budget_baht') }} as disbursed_pct,
    measured.minimum_projects,
    measured.initial_completed,
    measured.initial_done,
    measured.initial_in_progress,
    measured.initial_unable,
    measured.initial_in_ordinance,
    case
        when measured.initial_done > measured.minimum_projects then cast(100 as decimal(7, 2))
        else {{ percent('measured.initial_done', 'measured.minimum_projects') }}
    end as implementation_pct,
    measured.initial_done > measured.minimum_projects as implementation_is_capped,
    level.implementation_level,
    level.implementation_level_th
from measured
left join level on measured.round_key = level.round_key and measured.lgo_code = level.lgo_code
order by measured.round_key, measured.lgo_code
