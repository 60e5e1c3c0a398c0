with eplan as (
    select b.project_id, s.status, b.budget_plan_baht, b.disbursed_baht
    from {{ ref('fct_budget') }} as b
    inner join {{ ref('fct_status') }} as s on b.line_id = s.line_id
    where b.source = 'eplan' and b.counts_towards_total
),

-- Of listings that no project of the list claims, the first one of a project speaks for it, as everywhere.
division as (
    select
        b.project_id,
        s.status,
        b.budget_plan_baht,
        b.disbursed_baht,
        {{ ordinance_after_transfers('b') }} as budget_ordinance_baht
    from {{ ref('fct_budget') }} as b
    inner join {{ ref('fct_status') }} as s on b.line_id = s.line_id
    where b.source = 'division' and b.counts_towards_total and b.eplan_seq is null
),

stop as (
    select
        project.project_series_id,
        project.project_id,
        project.lgo_code,
        project.round_key,
        round.fiscal_year_be,
        round.months,
        round.period_end,
        project.name,
        project.dimension,
        project.is_initial,
        case when eplan.project_id is not null then 'eplan' else 'division' end as source,
        case when eplan.project_id is not null then eplan.status else division.status end as status,
        case
            when eplan.project_id is not null then eplan.budget_plan_baht else division.budget_plan_baht
        end as budget_plan_baht,
        case
            when eplan.project_id is not null then ordinance.ordinance_baht else division.budget_ordinance_baht
        end as budget_ordinance_baht,
        case
            when eplan.project_id is not null then eplan.disbursed_baht else division.disbursed_baht
        end as disbursed_baht
    from {{ ref('dim_project') }} as project
    inner join {{ ref('dim_round') }} as round on project.round_key = round.round_key
    left join eplan on project.project_id = eplan.project_id
    left join division on project.project_id = division.project_id
    -- That of the other marts, which ask of each listing for whom it counts.
    left join {{ ref('int_project_ordinance') }} as ordinance on project.project_id = ordinance.project_id
),

-- Steps towards the end of a project; unable and completed are both an end.
ordered as (
    select
        stop.*,
        case status
            when 'awaiting_report' then 0
            when 'in_progress' then 1
            when 'completed' then 2
            when 'unable' then 2
        end as step
    from stop
),

told as (
    select
        *,
        cast(row_number() over series as int) as stop_number,
        lag(round_key) over series as earlier_round_key,
        lag(fiscal_year_be) over series as earlier_fiscal_year_be,
        lag(status) over series as earlier_status,
        lag(step) over series as earlier_step,
        lag(disbursed_baht) over series as earlier_disbursed_baht
    from ordered
    window series as (partition by project_series_id order by period_end, project_id)
)

select
    project_series_id,
    stop_number,
    project_id,
    lgo_code,
    round_key,
    fiscal_year_be,
    months,
    name,
    dimension,
    is_initial,
    source,
    status,
    budget_plan_baht,
    budget_ordinance_baht,
    disbursed_baht,
    earlier_round_key,
    earlier_status,
    case
        when earlier_round_key is null then 'first'
        when step > earlier_step then 'forward'
        when step < earlier_step then 'back'
        when status = earlier_status then 'same'
        when step = earlier_step then 'changed'
    end as status_change,
    -- Disbursement adds up from 1 October, so only rounds of one fiscal year can be subtracted.
    case
        when fiscal_year_be = earlier_fiscal_year_be
        then cast(coalesce(disbursed_baht, 0) - coalesce(earlier_disbursed_baht, 0) as decimal(18, 2))
    end as disbursed_change_baht
from told
order by lgo_code, project_series_id, stop_number
