{%- set columns = cell_of('b', 'b.remaining_cell', 'b.remaining_as_written') -%}
{%- do columns.update({
    'rule': "'remaining_arithmetic'",
    'division': 'b.division',
    'subject_key': 'b.listing_code',
    'project_id': 'b.project_id',
    'listing_code': 'b.listing_code',
    'subject_th': "concat('รายการ ', b.listing_code, ' ', coalesce(b.name_as_listed, ''))",
    'subject_en': "concat('Listing ', b.listing_code)",
    'found_th': format_baht('coalesce(b.remaining_baht, 0)'),
    'found_en': format_baht('coalesce(b.remaining_baht, 0)'),
    'expected_th': format_baht('b.remaining_computed_baht'),
    'expected_en': format_baht('b.remaining_computed_baht'),
    'detail_th': "concat('งบตามข้อบัญญัติ/เทศบัญญัติ ', " ~ format_baht('coalesce(b.budget_ordinance_baht, 0)')
        ~ ", ' + โอนเพิ่ม ', " ~ format_baht('b.transfer_in_baht') ~ ", ' − โอนลด ', " ~ format_baht('b.transfer_out_baht')
        ~ ", ' − เบิกจ่าย ', " ~ format_baht('coalesce(b.disbursed_baht, 0)') ~ ")",
    'detail_en': "concat('ordinance ', " ~ format_baht('coalesce(b.budget_ordinance_baht, 0)')
        ~ ", ' + in ', " ~ format_baht('b.transfer_in_baht') ~ ", ' − out ', " ~ format_baht('b.transfer_out_baht')
        ~ ", ' − disbursed ', " ~ format_baht('coalesce(b.disbursed_baht, 0)') ~ ")",
}) -%}

-- A blank remaining amount says 0.
select {{ finding_columns(columns) }}
from {{ ref('fct_budget') }} as b
where b.source = 'division'
    and b.remaining_computed_baht is not null
    and coalesce(b.remaining_baht, 0) <> b.remaining_computed_baht
