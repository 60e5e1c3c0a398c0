{%- set measures = {
    'initial_projects': 'int', 'additional_projects': 'int', 'awaiting_report': 'int', 'in_progress': 'int',
    'completed': 'int', 'unable': 'int', 'budget_baht': 'decimal(18, 2)', 'disbursed_baht': 'decimal(18, 2)',
    'disbursed_pct': 'decimal(7, 2)', 'minimum_projects': 'int', 'initial_completed': 'int',
    'implementation_pct': 'decimal(7, 2)',
} -%}

-- The round to compare with: the 6-month round of the same year, and the round of the same length a year before.
with pair as (
    select later.round_key, 'same_year' as comparison, earlier.round_key as earlier_round_key
    from {{ ref('dim_round') }} as later
    inner join {{ ref('dim_round') }} as earlier
        on later.fiscal_year_be = earlier.fiscal_year_be and earlier.months < later.months
    union all
    select round_key, 'year_before', year_before_round_key
    from {{ ref('dim_round') }}
    where year_before_round_key is not null
)

select
    now.round_key,
    now.lgo_code,
    pair.comparison,
    pair.earlier_round_key,
    round.plan_period = earlier_round.plan_period as is_same_plan_period,
    earlier.lgo_code is not null as has_earlier,
    {% for measure, type in measures.items() -%}
    now.{{ measure }},
    earlier.{{ measure }} as earlier_{{ measure }},
    cast(now.{{ measure }} - earlier.{{ measure }} as {{ type }}) as change_{{ measure }},
    {% endfor -%}
    now.implementation_level,
    earlier.implementation_level as earlier_implementation_level
from {{ ref('round_summary') }} as now
inner join pair on now.round_key = pair.round_key
inner join {{ ref('dim_round') }} as round on now.round_key = round.round_key
inner join {{ ref('dim_round') }} as earlier_round on pair.earlier_round_key = earlier_round.round_key
left join {{ ref('round_summary') }} as earlier
    on pair.earlier_round_key = earlier.round_key and now.lgo_code = earlier.lgo_code
order by now.round_key, now.lgo_code, pair.comparison
