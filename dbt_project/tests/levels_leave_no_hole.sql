{{ config(meta={'description': 'ทุกช่วงแผนต้องมีเกณฑ์ระดับใน implementation_level ทั้งรอบ 6 และ 12 เดือน เริ่มจากร้อยละ 0 และไม่ซ้ำกัน / Every plan period has levels in implementation_level, for rounds of 6 and of 12 months, one from 0 percent and no two from the same'}) }}
-- Every percent from 0 up reaches a level, in rounds of either length and every plan period: each has a level
-- from 0 and no two levels begin at the same percent.
select plan_period, months
from {{ ref('implementation_level') }}
group by plan_period, months
having min(lower_pct) <> 0 or count(distinct lower_pct) <> count(*)

union all

select round.plan_period, round.months
from {{ ref('dim_round') }} as round
left join {{ ref('implementation_level') }} as level
    on round.plan_period = level.plan_period and round.months = level.months
where level.months is null
