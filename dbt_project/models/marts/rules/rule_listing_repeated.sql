{#- Two divisions may have given one code to two projects: what is left out of the totals is said. -#}
{%- set planned = "coalesce(" ~ format_baht('b.budget_plan_baht') ~ ", '-')" -%}
{%- set disbursed = "coalesce(" ~ format_baht('b.disbursed_baht') ~ ", '-')" -%}
{%- set columns = cell_of('b', 'b.name_cell', 'b.name_as_written') -%}
{%- do columns.update({
    'rule': "'listing_repeated'",
    'division': 'b.division',
    'subject_key': "concat(b.listing_code, '|', b.line_id)",
    'project_id': 'b.project_id',
    'listing_code': 'b.listing_code',
    'subject_th': "concat('รายการ ', b.listing_code, ' ', coalesce(b.name_as_listed, ''))",
    'subject_en': "concat('Listing ', b.listing_code)",
    'detail_th': "concat('แถวแรกอยู่ในไฟล์ ', first.source_file, ' แถวที่ ', cast(first.source_row as string), ' คือ ',"
        ~ " coalesce(first.name_as_listed, '-'), '; แถวนี้งบประมาณตามแผน ', " ~ planned
        ~ ", ' เบิกจ่าย ', " ~ disbursed ~ ", ' บาท')",
    'detail_en': "concat('the first one is row ', cast(first.source_row as string), ' of ', first.source_file, ', ',"
        ~ " coalesce(first.name_as_listed, '-'), '; this one plans ', " ~ planned
        ~ ", ' and disbursed ', " ~ disbursed ~ ", ' baht')",
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('fct_budget') }} as b
inner join {{ ref('fct_budget') }} as first
    on first.source = 'division'
    and not first.is_repeated_line
    and b.round_key = first.round_key
    and b.lgo_code = first.lgo_code
    and b.listing_code = first.listing_code
where b.source = 'division' and b.is_repeated_line
