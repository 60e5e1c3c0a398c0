-- Only where both sides are here: otherwise every listing would be one. What waits for review is said there.
with waiting as (
    select distinct round_key, lgo_code, first_listing_code
    from {{ rows_of_round(ref('int_listing_match')) }}
    where outcome = 'proposed' and rank = 1
),

alone as (
    select found.round_key, found.lgo_code, found.listing_code
    from {{ rows_of_round(ref('int_listing_match')) }} as found
    left join waiting
        on found.round_key = waiting.round_key
        and found.lgo_code = waiting.lgo_code
        and found.first_listing_code = waiting.first_listing_code
    where found.outcome = 'unmatched' and waiting.lgo_code is null
),

listed as (
    select distinct round_key, lgo_code from {{ rows_of_round(ref('stg_eplan_project')) }}
),

refused as (
    select round_key, lgo_code, count(*) as lines
    from {{ rows_of_round(ref('stg_quarantine')) }}
    where kind = 'eplan_project' and not is_whole_file
    group by round_key, lgo_code
)

select
    'unreported_listing' as rule,
    d.round_key,
    d.lgo_code,
    d.project_id,
    d.listing_code,
    cast(null as int) as eplan_seq,
    'disbursed_baht' as measure,
    d.division,
    d.value as division_value,
    cast(null as string) as eplan_value,
    d.source_file as division_source_file,
    d.source_sha256 as division_source_sha256,
    d.source_sheet as division_source_sheet,
    d.source_row as division_source_row,
    d.cell as division_cell,
    d.value_as_written as division_value_as_written,
    cast(null as string) as eplan_source_file,
    cast(null as string) as eplan_source_sha256,
    cast(null as string) as eplan_source_sheet,
    cast(null as int) as eplan_source_row,
    cast(null as string) as eplan_cell,
    cast(null as string) as eplan_value_as_written,
    concat('รายการ ', project.listing_codes, ' ', coalesce(d.name_as_listed, '')) as subject_th,
    concat('Listing ', project.listing_codes) as subject_en,
    case
        when refused.lines is null then ''
        else concat(' (บัญชีมี ', cast(refused.lines as string), ' แถวที่รับเข้าไม่ได้ รายการนี้อาจอยู่ในแถวนั้น)')
    end as detail_th,
    case
        when refused.lines is null then ''
        else concat(' Rows of the list that could not be accepted: ', cast(refused.lines as string), '; it may be one of them.')
    end as detail_en,
    cast(-d.amount_baht as decimal(18, 2)) as difference_baht,
    cast(null as string) as found_th,
    cast(null as string) as found_en,
    {{ format_baht('d.amount_baht') }} as expected_th,
    {{ format_baht('d.amount_baht') }} as expected_en
from {{ rows_of_round(ref('int_line_measure')) }} as d
inner join alone
    on d.round_key = alone.round_key and d.lgo_code = alone.lgo_code and d.listing_code = alone.listing_code
-- A project listed several times is not reported once.
inner join {{ rows_of_round(ref('dim_project')) }} as project
    on d.project_id = project.project_id and d.listing_code = project.listing_code
inner join listed on d.round_key = listed.round_key and d.lgo_code = listed.lgo_code
left join refused on d.round_key = refused.round_key and d.lgo_code = refused.lgo_code
where d.source = 'division' and d.measure = 'disbursed_baht' and not d.is_repeated_line and d.eplan_seq is null
