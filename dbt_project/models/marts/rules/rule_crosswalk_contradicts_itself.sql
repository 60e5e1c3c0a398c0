{#- A row that says that a project has no listing says so of the project: the cell of its listing is blank. -#}
{%- set columns = cell_of('refusal',
    'case when refusal.listing_code is null then refusal.eplan_seq_cell else refusal.listing_code_cell end',
    'case when refusal.listing_code is null then refusal.eplan_seq_as_written else refusal.listing_code_as_written end') -%}
{%- do columns.update({
    'rule': "'crosswalk_contradicts_itself'",
    'subject_key': "concat(cast(refusal.eplan_seq as string), '|', coalesce(refusal.listing_code, ''))",
    'listing_code': 'pair.listing_code',
    'eplan_seq': 'refusal.eplan_seq',
    'subject_th': "concat('แถวที่ ', cast(refusal.source_row as string), ' ของตารางจับคู่')",
    'subject_en': "concat('Row ', cast(refusal.source_row as string), ' of the crosswalk')",
    'found_th': "concat('โครงการที่ ', cast(refusal.eplan_seq as string), "
        ~ "case when refusal.listing_code is null then ' ไม่มีรายการ' else concat(' ไม่ตรงกับรายการ ', refusal.listing_code) end)",
    'found_en': "concat('project ', cast(refusal.eplan_seq as string), "
        ~ "case when refusal.listing_code is null then ' has no listing' else concat(' is not listing ', refusal.listing_code) end)",
    'expected_th': "concat('ตรงกับรายการ ', pair.listing_code)",
    'expected_en': "concat('it is listing ', pair.listing_code)",
    'detail_th': "concat('แถวที่ ', cast(pair.source_row as string), ' ช่อง ', pair.listing_code_cell)",
    'detail_en': "concat('row ', cast(pair.source_row as string), ', cell ', pair.listing_code_cell)",
}) -%}

select {{ finding_columns(columns) }}
from {{ ref('stg_crosswalk') }} as refusal
inner join {{ ref('stg_crosswalk') }} as pair
    on refusal.round_key = pair.round_key and refusal.lgo_code = pair.lgo_code and refusal.eplan_seq = pair.eplan_seq
    -- A project without any listing is not that of the pair either.
    and coalesce(refusal.listing_code, pair.listing_code) = pair.listing_code
where refusal.decision in ('no_match', 'none') and pair.decision = 'match'
qualify row_number() over (
    partition by refusal.round_key, refusal.lgo_code, refusal.source_sheet, refusal.source_row
    order by pair.source_sheet, pair.source_row
) = 1
