{{ config(meta={'by_round': true}) }}

-- The line of the list and of a form that counts: repeated ones are left out.
with line_of as (
    select
        b.source, b.round_key, b.lgo_code, b.eplan_seq, b.listing_code, b.name_as_listed, b.division, b.mission,
        b.budget_plan_baht, b.budget_ordinance_baht, b.disbursed_baht, s.status, b.source_file, b.name_cell
    from {{ rows_of_round(ref('fct_budget')) }} as b
    inner join {{ rows_of_round(ref('fct_status')) }} as s on b.line_id = s.line_id
    where not b.is_repeated_line
),

project as (
    select * from line_of where source = 'eplan'
),

listing as (
    select * from line_of where source = 'division'
),

claimed as (
    select distinct round_key, lgo_code, eplan_seq
    from {{ rows_of_round(ref('int_listing_match')) }}
    where outcome in ('reviewed', 'automatic') or (outcome = 'proposed' and subject = 'project')
    union
    select round_key, lgo_code, eplan_seq from {{ rows_of_round(ref('stg_crosswalk')) }} where decision = 'none'
),

waiting as (
    select distinct round_key, lgo_code, first_listing_code
    from {{ rows_of_round(ref('int_listing_match')) }}
    where outcome = 'proposed'
),

-- What a reviewer sees, in the order in which it is worth the time: what waits, what has no partner, what the score
-- paired, what was decided before.
line as (
    select
        'proposed' as section, m.round_key, m.lgo_code, m.eplan_seq, m.listing_code, m.subject, m.rank,
        cast(null as string) as decision, cast(null as string) as note,
        case
            when m.partner_eplan_seq is not null
            then concat('รายการนี้จับคู่กับโครงการที่ ', cast(m.partner_eplan_seq as string), ' แล้ว')
            when m.partner_listing_code is not null
            then concat('โครงการนี้จับคู่กับรายการ ', m.partner_listing_code, ' แล้ว')
            else 'หลักฐานยังไม่พอ หรือมีคู่อื่นใกล้เคียงกัน'
        end as why_th
    from {{ rows_of_round(ref('int_listing_match')) }} as m
    where m.outcome = 'proposed'
    union all
    select
        'without_listing', e.round_key, e.lgo_code, e.eplan_seq, cast(null as string), 'project', 1,
        cast(null as string), cast(null as string), cast(null as string)
    from project as e
    left join claimed
        on e.round_key = claimed.round_key and e.lgo_code = claimed.lgo_code and e.eplan_seq = claimed.eplan_seq
    where claimed.eplan_seq is null and e.eplan_seq is not null
    union all
    select
        'without_project', m.round_key, m.lgo_code, cast(null as int), m.listing_code, 'listing', 1,
        cast(null as string), cast(null as string), cast(null as string)
    from {{ rows_of_round(ref('int_listing_match')) }} as m
    left join waiting
        on m.round_key = waiting.round_key
        and m.lgo_code = waiting.lgo_code
        and m.first_listing_code = waiting.first_listing_code
    where m.outcome = 'unmatched' and waiting.lgo_code is null
    union all
    select
        'automatic', m.round_key, m.lgo_code, m.eplan_seq, m.listing_code, 'project', 1,
        cast(null as string), cast(null as string), cast(null as string)
    from {{ rows_of_round(ref('int_listing_match')) }} as m
    where m.outcome = 'automatic'
    union all
    select
        'reviewed', c.round_key, c.lgo_code, c.eplan_seq, c.listing_code, 'project', 1,
        c.decision, c.note, cast(null as string)
    from {{ rows_of_round(ref('stg_crosswalk')) }} as c
    qualify row_number() over (
        partition by c.round_key, c.lgo_code, c.eplan_seq, c.listing_code, c.decision
        order by c.source_sheet, c.source_row
    ) = 1
)

select
    line.round_key,
    line.lgo_code,
    line.section,
    line.subject,
    line.eplan_seq,
    line.listing_code,
    {{ listing_order('line.listing_code') }} as listing_order,
    cast(line.rank as int) as rank,
    line.decision,
    line.note,
    e.name_as_listed as project_name,
    e.budget_plan_baht as eplan_budget_plan_baht,
    e.disbursed_baht as eplan_disbursed_baht,
    e.status as eplan_status,
    d.name_as_listed as listing_name,
    d.division,
    d.mission,
    d.budget_plan_baht as division_budget_plan_baht,
    d.budget_ordinance_baht as division_budget_ordinance_baht,
    d.disbursed_baht as division_disbursed_baht,
    d.status as division_status,
    d.source_file as division_source_file,
    d.name_cell as division_cell,
    cast(m.score as decimal(7, 1)) as score,
    cast(m.margin as decimal(7, 1)) as margin,
    cast(m.certainty as decimal(7, 1)) as certainty,
    {{ nearest_whole('100 * m.name_similarity') }} as name_similarity_pct,
    {{ nearest_whole('100 * m.name_containment') }} as name_containment_pct,
    {{ nearest_whole('100 * m.name_spelling') }} as name_spelling_pct,
    {{ nearest_whole('100 * m.name_opening') }} as name_opening_pct,
    {% for part in ['name', 'plan', 'disbursed', 'dimension', 'status', 'taken'] -%}
    cast(m.{{ part }}_points as decimal(7, 1)) as {{ part }}_points,
    {% endfor -%}
    m.plan_agreement,
    m.disbursed_agreement,
    m.dimension_agreement,
    m.status_agreement,
    line.why_th,
    case when m.score is not null then {{ match_evidence('m', 'th') }} end as evidence_th,
    case when m.score is not null then {{ match_evidence('m', 'en') }} end as evidence_en
from line
left join {{ rows_of_round(ref('int_listing_match')) }} as m
    on m.outcome = line.section
    and line.round_key = m.round_key
    and line.lgo_code = m.lgo_code
    and line.eplan_seq = m.eplan_seq
    and line.listing_code = m.listing_code
    -- Equal on both sides and no `or`: DuckDB hashes equalities, and tries every pair of rows for anything else.
    and case when line.section = 'proposed' then line.subject else '' end
        = case when m.outcome = 'proposed' then m.subject else '' end
left join project as e
    on line.round_key = e.round_key and line.lgo_code = e.lgo_code and line.eplan_seq = e.eplan_seq
left join listing as d
    on line.round_key = d.round_key and line.lgo_code = d.lgo_code and line.listing_code = d.listing_code
order by line.round_key, line.lgo_code, line.section, line.subject, line.eplan_seq, line.rank, listing_order,
    line.decision nulls last
