-- Projects of the list with the money of the list, as in the other summaries.
with project as (
    select
        b.round_key, b.lgo_code, b.project_id, ordinance.is_initial, s.status,
        coalesce(b.budget_plan_baht, 0) as budget_plan_baht,
        ordinance.ordinance_baht as budget_ordinance_baht,
        coalesce(b.disbursed_baht, 0) as disbursed_baht
    from {{ ref('fct_budget') }} as b
    inner join {{ ref('fct_status') }} as s on b.line_id = s.line_id
    inner join {{ ref('int_project_ordinance') }} as ordinance on b.project_id = ordinance.project_id
    where b.source = 'eplan' and b.counts_towards_total
),

-- Listings that no project of the list claims.
unreported as (
    select b.round_key, b.lgo_code, b.project_id, coalesce(b.disbursed_baht, 0) as disbursed_baht
    from {{ ref('fct_budget') }} as b
    where b.source = 'division' and b.eplan_seq is null and b.counts_towards_total and b.project_id is not null
),

reporting as (
    select distinct round_key, lgo_code from project
),

listed as (
    select distinct round_key, lgo_code from {{ ref('bridge_listing_project') }} where eplan_seq is not null
),

part as (
    select reporting.round_key, reporting.lgo_code, mission.dimension, mission.mission
    from reporting
    inner join {{ ref('dim_round') }} as round on reporting.round_key = round.round_key
    inner join {{ ref('dim_mission') }} as mission on round.plan_period = mission.plan_period
    union
    select bridge.round_key, bridge.lgo_code, bridge.dimension, bridge.mission
    from {{ ref('bridge_project_mission') }} as bridge
    inner join reporting on bridge.round_key = reporting.round_key and bridge.lgo_code = reporting.lgo_code
),

counted as (
    select
        bridge.round_key,
        bridge.lgo_code,
        bridge.dimension,
        bridge.mission,
        cast(count(project.project_id) filter (where bridge.counts_once) as int) as projects,
        cast(count(*) filter (where bridge.counts_once and project.is_initial) as int) as initial_projects,
        {% for status in ['awaiting_report', 'in_progress', 'completed', 'unable'] -%}
        cast(count(*) filter (where bridge.counts_once and project.status = '{{ status }}') as int) as {{ status }},
        {% endfor -%}
        cast(count(project.project_id) filter (where bridge.counts_once and project.status is null) as int) as status_unclear,
        cast(count(*) filter (where bridge.counts_once and project.is_initial and project.status = 'completed') as int)
            as initial_completed,
        {% for prefix, counting in {'': 'bridge.counts_once', 'initial_': 'bridge.counts_once and project.is_initial'}.items() -%}
        sum(project.budget_ordinance_baht) filter (where {{ counting }}) as {{ prefix }}budget_ordinance_baht,
        count(*) filter (
            where {{ counting }} and project.budget_ordinance_baht is null and project.budget_plan_baht > 0
        ) as {{ prefix }}waiting,
        {% endfor -%}
        {% for amount in ['budget_plan_baht', 'disbursed_baht'] -%}
        cast(coalesce(sum(project.{{ amount }}) filter (where bridge.counts_once), 0) as decimal(18, 2)) as {{ amount }},
        cast(coalesce(sum(project.{{ amount }}) filter (where bridge.counts_once and project.is_initial), 0)
            as decimal(18, 2)) as initial_{{ amount }},
        {% endfor -%}
        cast(count(project.project_id) filter (where bridge.missions > 1) as int) as shared_with_other_missions,
        cast(count(project.project_id) filter (where not bridge.counts_once) as int) as counted_elsewhere,
        cast(coalesce(sum(project.disbursed_baht) filter (where not bridge.counts_once), 0) as decimal(18, 2))
            as disbursed_counted_elsewhere_baht,
        cast(count(unreported.project_id) filter (where bridge.counts_once) as int) as unreported_listings,
        cast(coalesce(sum(unreported.disbursed_baht) filter (where bridge.counts_once), 0) as decimal(18, 2))
            as unreported_disbursed_baht
    from {{ ref('bridge_project_mission') }} as bridge
    left join project on bridge.project_id = project.project_id
    left join unreported on bridge.project_id = unreported.project_id
    group by bridge.round_key, bridge.lgo_code, bridge.dimension, bridge.mission
)

{% set counts = [
    'projects', 'initial_projects', 'awaiting_report', 'in_progress', 'completed', 'unable', 'status_unclear',
    'initial_completed', 'shared_with_other_missions', 'counted_elsewhere', 'unreported_listings',
] -%}
select
    part.round_key,
    part.lgo_code,
    part.dimension,
    part.mission,
    mission.name as mission_name,
    {% for name in counts -%}
    coalesce(counted.{{ name }}, 0) as {{ name }},
    {% endfor -%}
    {% for prefix, rows in {'': 'projects', 'initial_': 'initial_projects'}.items() -%}
    cast(coalesce(counted.{{ prefix }}budget_plan_baht, 0) as decimal(18, 2)) as {{ prefix }}budget_plan_baht,
    case
        when listed.lgo_code is not null
        then cast(
            {{ known_of('counted.' ~ prefix ~ 'budget_ordinance_baht', 'coalesce(counted.' ~ rows ~ ', 0)', 'counted.' ~ prefix ~ 'waiting') }}
            as decimal(18, 2)
        )
    end as {{ prefix }}budget_ordinance_baht,
    cast(coalesce(counted.{{ prefix }}disbursed_baht, 0) as decimal(18, 2)) as {{ prefix }}disbursed_baht,
    {% endfor -%}
    cast(coalesce(counted.disbursed_counted_elsewhere_baht, 0) as decimal(18, 2)) as disbursed_counted_elsewhere_baht,
    cast(coalesce(counted.unreported_disbursed_baht, 0) as decimal(18, 2)) as unreported_disbursed_baht
from part
left join {{ ref('dim_round') }} as round on part.round_key = round.round_key
left join {{ ref('dim_mission') }} as mission
    on round.plan_period = mission.plan_period and part.mission = mission.mission
left join counted
    on part.round_key = counted.round_key
    and part.lgo_code = counted.lgo_code
    and part.dimension is not distinct from counted.dimension
    and part.mission = counted.mission
left join listed on part.round_key = listed.round_key and part.lgo_code = listed.lgo_code
order by part.round_key, part.lgo_code, part.dimension, {{ listing_order('part.mission') }}
