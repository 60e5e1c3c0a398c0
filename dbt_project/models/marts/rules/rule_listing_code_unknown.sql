{%- set columns = cell_of('b', 'l.listing_text_cell', 'l.listing_text_as_written') -%}
{%- do columns.update({
    'rule': "'listing_code_unknown'",
    'division': 'b.division',
    'subject_key': 'b.listing_code',
    'project_id': 'b.project_id',
    'listing_code': 'b.listing_code',
    'subject_th': line_words_th('b'),
    'subject_en': line_words_en('b'),
    'found_th': "case when known.dimension is null then concat('มิติที่ ', b.dimension) else concat('ภารกิจที่ ', b.mission) end",
    'found_en': "case when known.dimension is null then concat('dimension ', b.dimension) else concat('mission ', b.mission) end",
    'expected_th': "case when known.dimension is null then concat('มิติที่ ', plan.first_dimension, ' ถึง ', plan.last_dimension)"
        " else concat('ภารกิจที่ ', known.first_mission, ' ถึง ', known.last_mission) end",
    'expected_en': "case when known.dimension is null then concat('dimensions ', plan.first_dimension, ' to ', plan.last_dimension)"
        " else concat('missions ', known.first_mission, ' to ', known.last_mission) end",
    'detail_th': 'round.plan_period',
    'detail_en': 'round.plan_period',
}) -%}
with known as (
    select
        dimension.plan_period,
        dimension.dimension,
        min(mission.mission) as first_mission,
        max(mission.mission) as last_mission
    from {{ ref('dim_dimension') }} as dimension
    left join {{ ref('dim_mission') }} as mission
        on dimension.plan_period = mission.plan_period and dimension.dimension = mission.dimension
    group by dimension.plan_period, dimension.dimension
),

-- Where not every dimension has one, the missions of the plan are not known yet, and none of them is wrong.
plan as (
    select
        plan_period,
        min(dimension) as first_dimension,
        max(dimension) as last_dimension,
        count(*) = count(first_mission) as has_missions
    from known
    group by plan_period
)

select {{ finding_columns(columns) }}
from {{ ref('fct_budget') }} as b
inner join {{ ref('dim_round') }} as round on b.round_key = round.round_key
inner join plan on round.plan_period = plan.plan_period
inner join {{ ref('stg_division_listing') }} as l
    on b.round_key = l.round_key
    and b.source_sha256 = l.source_sha256
    and b.source_sheet = l.source_sheet
    and b.source_row = l.source_row
left join known on round.plan_period = known.plan_period and b.dimension = known.dimension
left join {{ ref('dim_mission') }} as mission
    on round.plan_period = mission.plan_period and b.mission = mission.mission
where b.source = 'division'
    and (known.dimension is null or (plan.has_missions and mission.mission is null))
