select distinct
    concat(lgo_code, ':', division) as division_id,
    lgo_code,
    division as name
from {{ ref('stg_division_listing') }}
where division is not null
order by division_id
