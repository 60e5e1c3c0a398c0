{%- set columns = cell_of('d', 'd.disbursed_cell', 'd.disbursed_as_written') -%}
{%- do columns.update({
    'rule': "'overspend_ordinance'",
    'division': 'd.division',
    'subject_key': 'd.listing_code',
    'project_id': 'd.project_id',
    'listing_code': 'd.listing_code',
    'subject_th': line_words_th('d'),
    'subject_en': line_words_en('d'),
    'found_th': format_baht('d.disbursed_baht'),
    'found_en': format_baht('d.disbursed_baht'),
    'expected_th': format_baht(ordinance_after_transfers('d')),
    'expected_en': format_baht(ordinance_after_transfers('d')),
    'detail_th': "concat('งบตามข้อบัญญัติ/เทศบัญญัติ ', " ~ format_baht('coalesce(d.budget_ordinance_baht, 0)')
        ~ ", ' + โอนเพิ่ม ', " ~ format_baht('d.transfer_in_baht') ~ ", ' − โอนลด ', " ~ format_baht('d.transfer_out_baht') ~ ")",
    'detail_en': "concat('ordinance ', " ~ format_baht('coalesce(d.budget_ordinance_baht, 0)')
        ~ ", ' + in ', " ~ format_baht('d.transfer_in_baht') ~ ", ' − out ', " ~ format_baht('d.transfer_out_baht') ~ ")",
}) -%}

-- Where e-PlanNACC shows spending that this line (which is no part) does not cover, rule_overspend says it with this line;
-- where the line is marked as using no budget, rule_no_budget_mark does.
select {{ finding_columns(columns) }}
from {{ ref('fct_budget') }} as d
left join {{ ref('fct_budget') }} as e
    on e.source = 'eplan'
    and not e.is_repeated_line
    -- Not asked of the line alone: a left join that does tries every pair.
    and case when not d.is_part then d.project_id end = e.project_id
    and e.disbursed_baht > coalesce(e.budget_plan_baht, 0)
    and e.disbursed_baht > {{ ordinance_after_transfers('d') }}
where d.source = 'division'
    and d.disbursed_baht > {{ ordinance_after_transfers('d') }}
    and not coalesce(d.no_budget, false)
    and e.project_id is null
