-- A division has one row, however its forms write its name, and goes by the name of its latest round.
with written as (
    select
        {{ division_id('l') }} as division_id,
        l.lgo_code,
        l.division as name,
        max(round.period_end) as last_period_end
    from {{ ref('stg_division_listing') }} as l
    inner join {{ ref('dim_round') }} as round on l.round_key = round.round_key
    where l.division is not null
    group by l.lgo_code, l.division
)

select division_id, lgo_code, name
from written
qualify row_number() over (partition by division_id order by last_period_end desc, name) = 1
order by division_id
