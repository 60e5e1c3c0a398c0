select
    concat(plan_period, ':', dimension) as dimension_id,
    plan_period,
    dimension,
    name,
    certainty,
    source
from {{ ref('dimension') }}
order by plan_period, dimension
