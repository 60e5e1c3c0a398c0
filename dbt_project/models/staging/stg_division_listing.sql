select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.division,
    r.listing_code,
    {{ listing_order('r.listing_code') }} as listing_order,
    r.listing_name,
    r.dimension,
    r.mission,
    {{ corrected('status') }},
    cast(coalesce(r.transfer_in_baht, 0) as decimal(18, 2)) as transfer_in_baht,
    cast(coalesce(r.transfer_out_baht, 0) as decimal(18, 2)) as transfer_out_baht,
    {{ as_read(cells_of_a_line()['division_listing'] | reject('in', correctable()['division']) | list) }},
    r.dimension_name,
    r.mission_name,
    {{ corrected('budget_plan_baht') }},
    {{ corrected('budget_ordinance_baht') }},
    {{ corrected('disbursed_baht') }},
    {{ corrected('remaining_baht') }},
    fix.corrected_fields,
    fix.corrected_by
from {{ current_rows('division_listing') }}
{{ join_corrections('division') }}
