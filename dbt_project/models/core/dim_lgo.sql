with newest as (
    select lgo_type, minimum_projects, certainty
    from {{ ref('nacc_minimum') }}
    qualify row_number() over (partition by lgo_type order by plan_period desc) = 1
)

select
    lgo.lgo_code,
    lgo.lgo_name,
    lgo.short_name,
    lgo.lgo_type,
    lgo.district,
    lgo.province_code,
    lgo.province,
    lgo.province_en,
    newest.minimum_projects,
    newest.certainty as minimum_certainty,
    lgo.is_in_scope
from {{ ref('stg_lgo') }} as lgo
left join newest on lgo.lgo_type = newest.lgo_type
order by lgo.lgo_code
