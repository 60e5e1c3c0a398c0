-- Only where both sides are here: otherwise every project would be one. What waits for review is said there.
with waiting as (
    select distinct round_key, lgo_code, eplan_seq
    from {{ rows_of_round(ref('int_listing_match')) }}
    where outcome = 'proposed' and rank = 1 and subject = 'project'
),

listed as (
    select distinct round_key, lgo_code from {{ rows_of_round(ref('stg_division_listing')) }}
),

claiming as (
    select distinct project_id from {{ rows_of_round(ref('bridge_listing_project')) }}
)

select
    'unlisted_project' as rule,
    e.round_key,
    e.lgo_code,
    e.project_id,
    cast(null as string) as listing_code,
    e.eplan_seq,
    'disbursed_baht' as measure,
    cast(null as string) as division,
    cast(null as string) as division_value,
    e.value as eplan_value,
    cast(null as string) as division_source_file,
    cast(null as string) as division_source_sha256,
    cast(null as string) as division_source_sheet,
    cast(null as int) as division_source_row,
    cast(null as string) as division_cell,
    cast(null as string) as division_value_as_written,
    e.source_file as eplan_source_file,
    e.source_sha256 as eplan_source_sha256,
    e.source_sheet as eplan_source_sheet,
    e.source_row as eplan_source_row,
    e.cell as eplan_cell,
    e.value_as_written as eplan_value_as_written,
    concat('โครงการที่ ', cast(e.eplan_seq as string), ' ', coalesce(e.name_as_listed, '')) as subject_th,
    concat('Project ', cast(e.eplan_seq as string)) as subject_en,
    cast(null as string) as detail_th,
    cast(null as string) as detail_en,
    cast(e.amount_baht as decimal(18, 2)) as difference_baht,
    {{ format_baht('e.amount_baht') }} as found_th,
    {{ format_baht('e.amount_baht') }} as found_en,
    cast(null as string) as expected_th,
    cast(null as string) as expected_en
from {{ rows_of_round(ref('int_line_measure')) }} as e
inner join listed on e.round_key = listed.round_key and e.lgo_code = listed.lgo_code
left join claiming on e.project_id = claiming.project_id
left join waiting
    on e.round_key = waiting.round_key and e.lgo_code = waiting.lgo_code and e.eplan_seq = waiting.eplan_seq
where e.source = 'eplan'
    and e.measure = 'disbursed_baht'
    and not e.is_repeated_line
    and claiming.project_id is null
    and waiting.eplan_seq is null
