select
    'status_differs' as rule,
    {{ difference_columns('p') }},
    cast(null as decimal(18, 2)) as difference_baht,
    coalesce(eplan.name_th, p.eplan_value_as_written, 'ไม่ได้ทำเครื่องหมาย') as found_th,
    coalesce(eplan.name_en, p.eplan_value_as_written, 'not marked') as found_en,
    coalesce(division.name_division_th, p.division_value_as_written, 'ไม่ได้ทำเครื่องหมาย') as expected_th,
    coalesce(division.name_en, p.division_value_as_written, 'not marked') as expected_en
from {{ ref('int_measure_pair') }} as p
left join {{ ref('status') }} as eplan on p.eplan_value = eplan.status
left join {{ ref('status') }} as division on p.division_value = division.status
where p.measure = 'status' and not p.agrees
qualify row_number() over (
    partition by p.project_id, p.division_value order by p.listing_order, p.listing_code
) = 1
