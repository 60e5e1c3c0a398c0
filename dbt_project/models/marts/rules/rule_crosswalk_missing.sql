{%- set columns = cell_of('e', 'e.eplan_seq_cell', 'e.eplan_seq_as_written') -%}
{%- do columns.update({
    'rule': "'crosswalk_missing'",
    'subject_key': 'e.lgo_code',
    'subject_th': 'lgo.lgo_name',
    'subject_en': "concat('Local government ', e.lgo_code)",
}) -%}

with division as (
    select distinct round_key, lgo_code from {{ ref('stg_division_listing') }}
),

crosswalk as (
    select distinct round_key, lgo_code from {{ ref('stg_crosswalk') }}
)

select {{ finding_columns(columns) }}
from {{ ref('stg_eplan_project') }} as e
inner join division on e.round_key = division.round_key and e.lgo_code = division.lgo_code
left join crosswalk on e.round_key = crosswalk.round_key and e.lgo_code = crosswalk.lgo_code
left join {{ ref('dim_lgo') }} as lgo on e.lgo_code = lgo.lgo_code
where crosswalk.lgo_code is null
qualify row_number() over (partition by e.round_key, e.lgo_code order by e.source_sheet, e.source_row) = 1
