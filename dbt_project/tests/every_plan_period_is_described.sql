{{ config(meta={'description': 'ทุกรอบในปฏิทินต้องอยู่ในช่วงแผนที่มีชื่อมิติและภารกิจ และมีบรรทัดจำนวนโครงการขั้นต่ำของ อปท. ทุกประเภท (ไม่ทราบให้เว้นว่าง) ดู docs/operations.md / Every round of the calendar belongs to a plan period whose dimensions and missions are named, with a line for the minimum of every type (blank where it is not known): docs/operations.md'}) }}
-- Without its dimensions and missions the projects of a round would stand in no table of theirs, without a word.
select round.round_key, 'plan_period' as missing
from {{ ref('dim_round') }} as round
where round.plan_period is null

union all

select period.plan_period, 'dimension' as missing
from {{ ref('plan_period') }} as period
left join {{ ref('dimension') }} as dimension on period.plan_period = dimension.plan_period
where dimension.plan_period is null

union all

select period.plan_period, 'mission' as missing
from {{ ref('plan_period') }} as period
left join {{ ref('mission') }} as mission on period.plan_period = mission.plan_period
where mission.plan_period is null

union all

select period.plan_period, concat('nacc_minimum: ', kind.lgo_type) as missing
from {{ ref('plan_period') }} as period
cross join {{ ref('lgo_type') }} as kind
left join {{ ref('nacc_minimum') }} as minimum
    on period.plan_period = minimum.plan_period and kind.lgo_type = minimum.lgo_type
where minimum.plan_period is null
