select
    'budget_plan_differs' as rule,
    {{ difference_columns('p') }},
    cast(p.eplan_amount_baht - p.division_amount_baht as decimal(18, 2)) as difference_baht,
    {{ format_baht('p.eplan_amount_baht') }} as found_th,
    {{ format_baht('p.eplan_amount_baht') }} as found_en,
    {{ format_baht('p.division_amount_baht') }} as expected_th,
    {{ format_baht('p.division_amount_baht') }} as expected_en
from {{ ref('int_measure_pair') }} as p
where p.measure = 'budget_plan_baht' and not p.agrees
qualify row_number() over (
    partition by p.project_id, p.division_amount_baht order by p.listing_order, p.listing_code
) = 1
