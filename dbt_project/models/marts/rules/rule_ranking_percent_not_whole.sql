{%- set columns = cell_of('r', 'r.implementation_pct_cell', 'r.implementation_pct_as_written') -%}
{%- do columns.update({
    'rule': "'ranking_percent_not_whole'",
    'subject_key': "concat(r.province_code, '|', coalesce(r.lgo_code, ''), '|', cast(r.ranking_seq as string))",
    'subject_th': "concat('ลำดับที่ ', cast(r.ranking_seq as string), ' ', r.lgo_name)",
    'subject_en': "concat('Rank row ', cast(r.ranking_seq as string), ' (', coalesce(r.lgo_code, '-'), ')')",
    'found_th': 'cast(r.implementation_pct as string)',
    'found_en': 'cast(r.implementation_pct as string)',
    'expected_th': 'cast(r.minimum_projects as string)',
    'expected_en': 'cast(r.minimum_projects as string)',
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('int_ranking') }} as r
where not r.is_whole_projects
