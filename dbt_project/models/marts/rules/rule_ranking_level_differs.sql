{%- set columns = cell_of('r', 'r.implementation_level_cell', 'r.implementation_level_as_written') -%}
{%- do columns.update({
    'rule': "'ranking_level_differs'",
    'subject_key': "concat(r.province_code, '|', coalesce(r.lgo_code, ''), '|', cast(r.ranking_seq as string))",
    'subject_th': "concat('ลำดับที่ ', cast(r.ranking_seq as string), ' ', r.lgo_name)",
    'subject_en': "concat('Rank row ', cast(r.ranking_seq as string), ' (', coalesce(r.lgo_code, '-'), ')')",
    'found_th': 'coalesce(stated.level_th, r.implementation_level_as_written)',
    'found_en': 'coalesce(r.implementation_level, r.implementation_level_as_written)',
    'expected_th': 'reached.level_th',
    'expected_en': 'r.level_of_pct',
    'detail_th': 'cast(r.implementation_pct as string)',
    'detail_en': 'cast(r.implementation_pct as string)',
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('int_ranking') }} as r
inner join {{ ref('dim_round') }} as round on r.round_key = round.round_key
inner join {{ ref('implementation_level') }} as reached
    on round.plan_period = reached.plan_period and round.months = reached.months and r.level_of_pct = reached.level
left join {{ ref('implementation_level') }} as stated
    on round.plan_period = stated.plan_period and round.months = stated.months and r.implementation_level = stated.level
where coalesce(r.implementation_level, '') <> r.level_of_pct
