{%- set columns = cell_of('r', 'r.lgo_name_cell', 'r.lgo_name_as_written') -%}
{%- do columns.update({
    'rule': "'ranking_lgo_unknown'",
    'subject_key': "concat(r.province_code, '|', cast(r.ranking_seq as string))",
    'subject_th': "concat('ลำดับที่ ', cast(r.ranking_seq as string), ' ', r.lgo_name)",
    'subject_en': "concat('Rank row ', cast(r.ranking_seq as string), ' (', coalesce(r.lgo_name, '-'), ')')",
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('stg_ranking') }} as r
where r.lgo_code is null
