select
    p.project_id,
    p.round_key,
    p.lgo_code,
    p.name,
    p.dimension,
    p.mission,
    p.is_initial,
    p.eplan_seq,
    p.listing_code,
    p.listing_codes,
    p.division_id,
    p.same_money_as_project_id,
    series.project_series_id,
    series.previous_project_id,
    series.series_method,
    cast(series.series_score as decimal(7, 1)) as series_score
from {{ ref('int_project') }} as p
inner join {{ ref('int_project_series') }} as series on p.project_id = series.project_id
order by p.round_key, p.lgo_code, p.project_id
