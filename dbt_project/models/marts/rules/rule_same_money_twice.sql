{%- set columns = cell_of('b', 'b.disbursed_cell', 'b.disbursed_as_written') -%}
{%- do columns.update({
    'rule': "'same_money_twice'",
    'subject_key': 'b.project_id',
    'project_id': 'b.project_id',
    'listing_code': 'shared.listing_code',
    'eplan_seq': 'b.eplan_seq',
    'subject_th': "concat('โครงการที่ ', cast(b.eplan_seq as string), ' ', coalesce(b.name_as_listed, ''))",
    'subject_en': "concat('Project ', cast(b.eplan_seq as string))",
    'found_th': format_baht('b.disbursed_baht'),
    'found_en': format_baht('b.disbursed_baht'),
    'expected_th': "concat('โครงการที่ ', cast(first.eplan_seq as string), ' ', coalesce(first.name, ''))",
    'expected_en': "concat('project ', cast(first.eplan_seq as string))",
    'detail_th': "concat('ทั้งสองโครงการตรงกับรายการ ', shared.listing_code, ' ของกอง')",
    'detail_en': "concat('both stand for listing ', shared.listing_code)",
}) -%}

with shared as (
    select again.project_id, min_by(a.listing_code, a.listing_order) as listing_code
    from {{ ref('dim_project') }} as again
    inner join {{ ref('bridge_listing_project') }} as a on again.project_id = a.project_id
    inner join {{ ref('bridge_listing_project') }} as b
        on again.same_money_as_project_id = b.project_id and a.listing_code = b.listing_code
    group by again.project_id
)

select {{ finding_columns(columns) }}
from {{ ref('fct_budget') }} as b
inner join {{ ref('dim_project') }} as again on b.project_id = again.project_id
inner join {{ ref('dim_project') }} as first on again.same_money_as_project_id = first.project_id
inner join shared on b.project_id = shared.project_id
where b.source = 'eplan' and b.is_same_money_again and not b.is_repeated_line
