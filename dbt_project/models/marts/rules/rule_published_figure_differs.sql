{%- set columns = cell_of('f', 'f.source_cell', 'f.value_as_written') -%}
{%- set baht = "case when f.unit = 'baht' then " ~ format_baht('try_cast(VALUE as decimal(18, 2))') ~ " else VALUE end" -%}
{%- do columns.update({
    'rule': "'published_figure_differs'",
    'subject_key': 'f.figure_key',
    'subject_th': "concat(f.section, ' · ', f.label_th)",
    'subject_en': "concat('Figure ', f.figure_id)",
    'found_th': baht | replace('VALUE', 'f.published_value'),
    'found_en': baht | replace('VALUE', 'f.published_value'),
    'expected_th': baht | replace('VALUE', 'f.computed_value'),
    'expected_en': baht | replace('VALUE', 'f.computed_value'),
    'detail_th': "concat('(', f.explanation, ')')",
    'detail_en': 'f.explanation_en',
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('published_figure') }} as f
-- A level that does not fit the percent beside it is ranking_level_differs.
where not f.agrees and f.figure_id not like 'ranking.%.level'
