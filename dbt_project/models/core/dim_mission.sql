select
    concat(plan_period, ':', mission) as mission_id,
    plan_period,
    mission,
    dimension,
    name,
    certainty,
    source
from {{ ref('mission') }}
order by plan_period, mission
