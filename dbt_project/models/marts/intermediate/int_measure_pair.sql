-- The parts of a project are held against it together; few projects have any.
with of_parts as (
    select
        part.project_id,
        d.measure,
        {{ string_list('part.listing_code', 'part.listing_order', ' + ') }} as listing_codes,
        cast(sum(d.amount_baht) as decimal(18, 2)) as amount_baht,
        count(d.value) = count(*) as are_said
    from {{ rows_of_round(ref('bridge_listing_project')) }} as part
    inner join {{ rows_of_round(ref('int_line_measure')) }} as d
        on d.source = 'division'
        and not d.is_repeated_line
        and part.round_key = d.round_key
        and part.lgo_code = d.lgo_code
        and part.listing_code = d.listing_code
    where part.is_part and d.measure <> 'status'
    group by part.project_id, d.measure
)

select
    pair.round_key,
    pair.lgo_code,
    pair.project_id,
    pair.eplan_seq,
    pair.listing_code,
    pair.listing_order,
    coalesce(of_parts.listing_codes, pair.listing_code) as listing_codes,
    d.measure,
    d.name_as_listed as listing_name,
    e.name_as_listed as project_name,
    coalesce(of_parts.amount_baht, d.amount_baht) as division_amount_baht,
    e.amount_baht as eplan_amount_baht,
    case
        when of_parts.project_id is null then d.value
        when of_parts.are_said then cast(of_parts.amount_baht as string)
    end as division_value,
    e.value as eplan_value,
    case
        when d.measure = 'status'
        -- A listing without any mark says the same as a project that awaits its report.
        then coalesce(d.value, 'awaiting_report') = coalesce(e.value, 'awaiting_report')
        else coalesce(of_parts.amount_baht, d.amount_baht) = e.amount_baht
    end as agrees,
    d.division,
    d.source_file as division_source_file,
    d.source_sha256 as division_source_sha256,
    d.source_sheet as division_source_sheet,
    d.source_row as division_source_row,
    d.cell as division_cell,
    d.value_as_written as division_value_as_written,
    e.source_file as eplan_source_file,
    e.source_sha256 as eplan_source_sha256,
    e.source_sheet as eplan_source_sheet,
    e.source_row as eplan_source_row,
    e.cell as eplan_cell,
    e.value_as_written as eplan_value_as_written
from {{ rows_of_round(ref('bridge_listing_project')) }} as pair
inner join {{ rows_of_round(ref('int_line_measure')) }} as d
    on d.source = 'division'
    and not d.is_repeated_line
    and pair.round_key = d.round_key
    and pair.lgo_code = d.lgo_code
    and pair.listing_code = d.listing_code
inner join {{ rows_of_round(ref('int_line_measure')) }} as e
    on e.source = 'eplan'
    and not e.is_repeated_line
    and pair.project_id = e.project_id
    and d.measure = e.measure
left join of_parts on pair.project_id = of_parts.project_id and d.measure = of_parts.measure
