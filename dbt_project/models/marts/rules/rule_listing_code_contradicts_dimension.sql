{%- set columns = cell_of('b', 'l.listing_text_cell', 'l.listing_text_as_written') -%}
{%- do columns.update({
    'rule': "'listing_code_contradicts_dimension'",
    'division': 'b.division',
    'subject_key': 'b.listing_code',
    'project_id': 'b.project_id',
    'listing_code': 'b.listing_code',
    'subject_th': line_words_th('b'),
    'subject_en': line_words_en('b'),
    'found_th': "concat('มิติที่ ', b.dimension)",
    'found_en': "concat('dimension ', b.dimension)",
    'expected_th': "concat('มิติที่ ', l.stated)",
    'expected_en': "concat('dimension ', l.stated)",
    'detail_th': 'l.dimension_name',
    'detail_en': 'l.dimension_name',
}) -%}

{#- The number at the head of มิติที่ 2 การบริหารราชการ… or ๒. การบริหารราชการ…; one further on (ไทยแลนด์ 4.0) is none. -#}
with l as (
    select
        *,
        nullif(
            regexp_extract(translate(dimension_name, '๐๑๒๓๔๕๖๗๘๙', '0123456789'), '^[^0-9]{0,10}([0-9]{1,2})([^0-9]|$)', 1), ''
        ) as stated
    from {{ ref('stg_division_listing') }}
)

select {{ finding_columns(columns) }}
from {{ ref('fct_budget') }} as b
inner join l
    on b.round_key = l.round_key
    and b.source_sha256 = l.source_sha256
    and b.source_sheet = l.source_sheet
    and b.source_row = l.source_row
where b.source = 'division' and l.stated <> b.dimension
