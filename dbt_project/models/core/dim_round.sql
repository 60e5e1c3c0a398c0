select
    calendar.round_key,
    calendar.fiscal_year_be,
    calendar.months,
    calendar.period_start,
    calendar.period_end,
    calendar.opens_on,
    calendar.report_due,
    calendar.closes_on,
    period.plan_period,
    lag(calendar.round_key) over (order by calendar.period_end, calendar.round_key) as previous_round_key,
    year_before.round_key as year_before_round_key
from {{ ref('round_calendar') }} as calendar
left join {{ ref('plan_period') }} as period
    on calendar.fiscal_year_be between period.first_fiscal_year_be and period.last_fiscal_year_be
left join {{ ref('round_calendar') }} as year_before
    on calendar.fiscal_year_be - 1 = year_before.fiscal_year_be
    and calendar.months = year_before.months
order by calendar.period_end, calendar.round_key
