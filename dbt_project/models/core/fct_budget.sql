{{ config(meta={'by_round': true}) }}

with division_line as (
    select
        {{ line_id('division', 'l') }} as line_id,
        l.*,
        bridge.project_id,
        bridge.eplan_seq,
        coalesce(bridge.is_part, false) as is_part,
        {{ division_id('l') }} as division_id
    from {{ ref('stg_division_listing') }} as l
    left join {{ ref('bridge_listing_project') }} as bridge
        on l.round_key = bridge.round_key
        and l.lgo_code = bridge.lgo_code
        and l.listing_code = bridge.listing_code
        and bridge.is_primary_project
        and {{ of_round('bridge.round_key') }}
    where {{ of_round('l.round_key') }}
),

eplan_line as (
    select
        {{ line_id('eplan', 'e') }} as line_id,
        {{ project_id('e.round_key', 'e.lgo_code', 'e.eplan_seq', "''") }} as project_id,
        e.*
    from {{ ref('stg_eplan_project') }} as e
    where {{ of_round('e.round_key') }}
)

select
    d.line_id,
    d.round_key,
    d.lgo_code,
    'division' as source,
    d.project_id,
    d.listing_code,
    d.eplan_seq,
    d.division_id,
    d.division,
    d.dimension,
    d.mission,
    d.listing_name as name_as_listed,
    d.budget_plan_baht,
    d.budget_ordinance_baht,
    d.transfer_in_baht,
    d.transfer_out_baht,
    d.disbursed_baht,
    d.remaining_baht,
    case
        when d.budget_ordinance_baht is not null or d.disbursed_baht is not null or d.remaining_baht is not null
            or d.transfer_in_baht <> 0 or d.transfer_out_baht <> 0
        then cast({{ ordinance_after_transfers('d') }} - coalesce(d.disbursed_baht, 0) as decimal(18, 2))
    end as remaining_computed_baht,
    -- Of the listings of a project the first one counts, of its parts each.
    row_number() over (
        partition by
            d.round_key, d.lgo_code, coalesce(d.project_id, d.line_id), case when d.is_part then d.listing_code end
        order by d.listing_order, d.source_file, d.source_sha256, d.source_sheet, d.source_row
    ) = 1 as counts_towards_total,
    d.is_part,
    row_number() over (
        partition by d.round_key, d.lgo_code, coalesce(d.listing_code, d.line_id)
        order by d.source_file, d.source_sha256, d.source_sheet, d.source_row
    ) > 1 as is_repeated_line,
    false as is_same_money_again,
    {{ origin('d') }},
    d.listing_text_as_written as name_as_written,
    d.listing_text_cell as name_cell,
    d.budget_plan_baht_as_written as budget_plan_as_written,
    d.budget_plan_baht_cell as budget_plan_cell,
    d.budget_ordinance_baht_as_written as budget_ordinance_as_written,
    d.budget_ordinance_baht_cell as budget_ordinance_cell,
    d.disbursed_baht_as_written as disbursed_as_written,
    d.disbursed_baht_cell as disbursed_cell,
    d.remaining_baht_as_written as remaining_as_written,
    d.remaining_baht_cell as remaining_cell,
    d.no_budget,
    d.remark,
    d.corrected_fields,
    d.corrected_by
from division_line as d

union all

select
    e.line_id,
    e.round_key,
    e.lgo_code,
    'eplan' as source,
    e.project_id,
    cast(null as string) as listing_code,
    e.eplan_seq,
    cast(null as string) as division_id,
    cast(null as string) as division,
    e.dimension,
    cast(null as string) as mission,
    e.project_name as name_as_listed,
    e.budget_plan_baht,
    cast(null as decimal(18, 2)) as budget_ordinance_baht,
    cast(null as decimal(18, 2)) as transfer_in_baht,
    cast(null as decimal(18, 2)) as transfer_out_baht,
    e.disbursed_baht,
    cast(null as decimal(18, 2)) as remaining_baht,
    cast(null as decimal(18, 2)) as remaining_computed_baht,
    row_number() over (
        partition by e.project_id order by e.source_sheet, e.source_row
    ) = 1 as counts_towards_total,
    false as is_part,
    row_number() over (partition by e.project_id order by e.source_sheet, e.source_row) > 1 as is_repeated_line,
    coalesce(project.same_money_as_project_id is not null, false) as is_same_money_again,
    {{ origin('e') }},
    e.project_name_as_written as name_as_written,
    e.project_name_cell as name_cell,
    e.budget_plan_baht_as_written as budget_plan_as_written,
    e.budget_plan_baht_cell as budget_plan_cell,
    cast(null as string) as budget_ordinance_as_written,
    cast(null as string) as budget_ordinance_cell,
    e.disbursed_baht_as_written as disbursed_as_written,
    e.disbursed_baht_cell as disbursed_cell,
    cast(null as string) as remaining_as_written,
    cast(null as string) as remaining_cell,
    cast(null as boolean) as no_budget,
    e.remark,
    e.corrected_fields,
    e.corrected_by
from eplan_line as e
left join {{ ref('dim_project') }} as project
    on e.project_id = project.project_id and {{ of_round('project.round_key') }}
order by round_key, lgo_code, source, eplan_seq, line_id
