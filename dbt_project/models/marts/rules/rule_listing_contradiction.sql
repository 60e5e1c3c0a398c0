{%- set columns = cell_of('l', 'l.cell', 'l.value_as_written') -%}
{%- do columns.update({
    'rule': "'listing_contradiction'",
    'division': 'l.division',
    'subject_key': "concat(l.project_id, '|', l.measure)",
    'project_id': 'l.project_id',
    'listing_code': 'l.listing_code',
    'eplan_seq': 'l.eplan_seq',
    'subject_th': "concat(case when l.eplan_seq is null then concat('รายการ ', l.listing_code) else concat('โครงการที่ ',"
        ~ " cast(l.eplan_seq as string)) end, ' ', coalesce(l.name_as_listed, ''))",
    'subject_en': "case when l.eplan_seq is null then concat('Listing ', l.listing_code) else concat('Project ',"
        ~ " cast(l.eplan_seq as string)) end",
    'detail_th': "concat(l.measure_th, ' ', said.detail_th)",
    'detail_en': "concat(l.measure_en, ' ', said.detail_en)",
}) -%}

-- Only several listings can contradict each other, and few projects have several.
with several as (
    select project_id
    from {{ ref('bridge_listing_project') }}
    group by project_id
    having count(*) > 1
),

line as (
    select
        bridge.project_id,
        bridge.listing_order,
        bridge.eplan_seq,
        m.round_key, m.lgo_code, m.division, m.listing_code, m.name_as_listed, m.measure, m.value_as_written, m.cell,
        {{ origin('m') }},
        coalesce(cast(m.amount_baht as string), m.value, 'awaiting_report') as value,
        case m.measure
            when 'budget_plan_baht' then 'งบประมาณตามแผน'
            when 'budget_ordinance_baht' then 'งบตามข้อบัญญัติ/เทศบัญญัติ'
            when 'disbursed_baht' then 'เบิกจ่าย'
            else 'สถานะ'
        end as measure_th,
        case m.measure
            when 'budget_plan_baht' then 'plan budget'
            when 'budget_ordinance_baht' then 'ordinance'
            when 'disbursed_baht' then 'disbursed'
            else 'status'
        end as measure_en,
        case
            when m.measure <> 'status' then {{ format_baht('m.amount_baht') }}
            else coalesce(status.name_division_th, 'ไม่ได้ทำเครื่องหมาย')
        end as words_th,
        case
            when m.measure <> 'status' then {{ format_baht('m.amount_baht') }}
            else coalesce(status.name_en, 'not marked')
        end as words_en
    from several
    inner join {{ ref('bridge_listing_project') }} as bridge on several.project_id = bridge.project_id
    inner join {{ ref('int_line_measure') }} as m
        on m.source = 'division'
        -- Parts have amounts of their own.
        and (m.measure = 'status' or not bridge.is_part)
        and not m.is_repeated_line
        and bridge.round_key = m.round_key
        and bridge.lgo_code = m.lgo_code
        and bridge.listing_code = m.listing_code
    left join {{ ref('status') }} as status on m.measure = 'status' and m.value = status.status
),

-- Few projects are contradicted: texts are put together of those alone.
contradicted as (
    select project_id, measure from line
    group by project_id, measure
    having count(distinct value) > 1
),

said as (
    select
        line.project_id,
        line.measure,
        {{ string_list("concat(listing_code, ' = ', words_th)", 'listing_order') }} as detail_th,
        {{ string_list("concat(listing_code, ' = ', words_en)", 'listing_order') }} as detail_en
    from line
    inner join contradicted on line.project_id = contradicted.project_id and line.measure = contradicted.measure
    group by line.project_id, line.measure
)

select {{ finding_columns(columns) }}
from line as l
inner join said on l.project_id = said.project_id and l.measure = said.measure
qualify row_number() over (partition by l.project_id, l.measure order by l.listing_order, l.listing_code) = 1
