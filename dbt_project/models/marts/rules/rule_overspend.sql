{%- set columns = cell_of('e', 'e.disbursed_cell', 'e.disbursed_as_written') -%}
{%- do columns.update({
    'rule': "case when d.transfer_in_baht > 0 and " ~ ordinance_after_transfers('d')
        ~ " >= e.disbursed_baht then 'overspend_explained' else 'overspend' end",
    'subject_key': 'e.project_id',
    'project_id': 'e.project_id',
    'listing_code': 'd.listing_code',
    'division': 'd.division',
    'eplan_seq': 'e.eplan_seq',
    'subject_th': "concat('โครงการที่ ', cast(e.eplan_seq as string), ' ', coalesce(e.name_as_listed, ''))",
    'subject_en': "concat('Project ', cast(e.eplan_seq as string))",
    'found_th': format_baht('e.disbursed_baht'),
    'found_en': format_baht('e.disbursed_baht'),
    'expected_th': format_baht('coalesce(e.budget_plan_baht, 0)'),
    'expected_en': format_baht('coalesce(e.budget_plan_baht, 0)'),
    'detail_th': "case when d.listing_code is null then '(ไม่พบรายการที่ตรงกันในตารางของกอง)' else concat('ตารางของกอง รายการ ', "
        ~ "d.listing_codes, ': งบตามข้อบัญญัติ/เทศบัญญัติ ', " ~ format_baht('coalesce(d.budget_ordinance_baht, 0)')
        ~ ", case when d.transfer_in_baht > 0 then concat(' โอนเพิ่ม ', " ~ format_baht('d.transfer_in_baht') ~ ") else '' end"
        ~ ", case when d.transfer_out_baht > 0 then concat(' โอนลด ', " ~ format_baht('d.transfer_out_baht') ~ ") else '' end"
        ~ ", case when d.transfer_in_baht + d.transfer_out_baht > 0 then concat(' รวม ', " ~ format_baht(ordinance_after_transfers('d')) ~ ") else '' end, ' บาท', case when "
        ~ ordinance_after_transfers('d') ~ " >= e.disbursed_baht then ' จึงพอกับที่เบิกจ่าย' else ' ซึ่งยังไม่พอ' end) end",
    'detail_en': "case when d.listing_code is null then '(No listing of a division stands for it.)' else concat('Division listing ', "
        ~ "d.listing_codes, ': ordinance ', " ~ format_baht('coalesce(d.budget_ordinance_baht, 0)')
        ~ ", case when d.transfer_in_baht > 0 then concat(', transferred in ', " ~ format_baht('d.transfer_in_baht') ~ ") else '' end"
        ~ ", case when d.transfer_out_baht > 0 then concat(', transferred out ', " ~ format_baht('d.transfer_out_baht') ~ ") else '' end"
        ~ ", case when d.transfer_in_baht + d.transfer_out_baht > 0 then concat(', together ', " ~ format_baht(ordinance_after_transfers('d')) ~ ") else '' end, case when "
        ~ ordinance_after_transfers('d') ~ " >= e.disbursed_baht then ', which covers it.' else ', which does not cover it.' end) end",
}) -%}

with overspent as (
    select * from {{ ref('fct_budget') }}
    where source = 'eplan' and not is_repeated_line and disbursed_baht > coalesce(budget_plan_baht, 0)
),

-- Of its listings the first one speaks for a project, of its parts all together.
listing as (
    select
        overspent.project_id,
        min_by(d.listing_code, bridge.listing_order) as listing_code,
        min_by(d.division, bridge.listing_order) as division,
        {{ string_list('d.listing_code', 'bridge.listing_order', ' + ') }} as listing_codes,
        {% for amount in ['budget_ordinance_baht', 'transfer_in_baht', 'transfer_out_baht'] -%}
        cast(sum(d.{{ amount }}) as decimal(18, 2)) as {{ amount }}{{ ',' if not loop.last }}
        {% endfor %}
    from overspent
    inner join {{ ref('bridge_listing_project') }} as bridge
        on overspent.project_id = bridge.project_id and (bridge.is_primary_listing or bridge.is_part)
    inner join {{ ref('fct_budget') }} as d
        on d.source = 'division'
        and not d.is_repeated_line
        and bridge.round_key = d.round_key
        and bridge.lgo_code = d.lgo_code
        and bridge.listing_code = d.listing_code
    group by overspent.project_id
)

select {{ finding_columns(columns) }}
from overspent as e
left join listing as d on e.project_id = d.project_id
