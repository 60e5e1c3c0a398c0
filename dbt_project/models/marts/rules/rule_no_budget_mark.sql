{#- The amounts of the row that are more than nothing, each with its word. -#}
{%- set amounts = [
    ('budget_plan_baht', 'งบประมาณตามแผน', 'plan'), ('budget_ordinance_baht', 'งบตามข้อบัญญัติ/เทศบัญญัติ', 'ordinance'),
    ('transfer_in_baht', 'โอนเพิ่ม', 'transferred in'), ('disbursed_baht', 'เบิกจ่าย', 'disbursed'),
] -%}
{%- set words_th, words_en = [], [] -%}
{%- for field, th, en in amounts -%}
{%- do words_th.append("case when b." ~ field ~ " > 0 then concat('" ~ th ~ " ', " ~ format_baht('b.' ~ field) ~ ", ' บาท') end") -%}
{%- do words_en.append("case when b." ~ field ~ " > 0 then concat('" ~ en ~ " ', " ~ format_baht('b.' ~ field) ~ ") end") -%}
{%- endfor -%}
{%- set spent = 'coalesce(b.budget_ordinance_baht, 0) + coalesce(b.transfer_in_baht, 0) + coalesce(b.disbursed_baht, 0)' -%}
{%- set columns = cell_of('b', 'l.no_budget_cell', 'l.no_budget_as_written') -%}
{%- do columns.update({
    'rule': "case when " ~ spent ~ " > 0 then 'no_budget_mark_with_money' else 'no_budget_mark_with_plan' end",
    'division': 'b.division',
    'subject_key': 'b.listing_code',
    'project_id': 'b.project_id',
    'listing_code': 'b.listing_code',
    'subject_th': line_words_th('b'),
    'subject_en': line_words_en('b'),
    'detail_th': "concat_ws(', ', " ~ words_th | join(', ') ~ ")",
    'detail_en': "concat_ws(', ', " ~ words_en | join(', ') ~ ")",
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('fct_budget') }} as b
inner join {{ ref('stg_division_listing') }} as l
    on b.round_key = l.round_key
    and b.source_sha256 = l.source_sha256
    and b.source_sheet = l.source_sheet
    and b.source_row = l.source_row
where b.source = 'division' and b.no_budget and {{ spent }} + coalesce(b.budget_plan_baht, 0) > 0
