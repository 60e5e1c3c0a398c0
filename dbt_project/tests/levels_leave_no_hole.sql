-- Every percent from 0 up reaches a level, in rounds of either length: each has a level from 0 and no two
-- levels begin at the same percent.
select months
from {{ ref('implementation_level') }}
group by months
having min(lower_pct) <> 0 or count(distinct lower_pct) <> count(*)

union all

select round.months
from {{ ref('round_calendar') }} as round
left join {{ ref('implementation_level') }} as level on round.months = level.months
where level.months is null
