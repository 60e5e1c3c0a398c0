{%- set columns = cell_of('c', 'case when project.eplan_seq is null then c.eplan_seq_cell else c.listing_code_cell end',
    'case when project.eplan_seq is null then c.eplan_seq_as_written else c.listing_code_as_written end') -%}
{%- do columns.update({
    'rule': "'crosswalk_unknown'",
    'subject_key': "concat(cast(c.eplan_seq as string), '|', coalesce(c.listing_code, ''))",
    'listing_code': 'c.listing_code',
    'eplan_seq': 'c.eplan_seq',
    'subject_th': "concat('แถวที่ ', cast(c.source_row as string), ' ของตารางจับคู่')",
    'subject_en': "concat('Row ', cast(c.source_row as string), ' of the crosswalk')",
    'found_th': "case when project.eplan_seq is null then concat('โครงการที่ ', cast(c.eplan_seq as string)) "
        ~ "else concat('รายการ ', c.listing_code) end",
    'found_en': "case when project.eplan_seq is null then concat('project ', cast(c.eplan_seq as string)) "
        ~ "else concat('listing ', c.listing_code) end",
}) -%}

with project as (
    select distinct round_key, lgo_code, eplan_seq from {{ ref('stg_eplan_project') }}
),

-- Before an export has come nothing is known of what it will hold.
list as (
    select distinct round_key, lgo_code from project
),

listing as (
    select distinct round_key, lgo_code, listing_code from {{ ref('stg_division_listing') }}
)

select {{ finding_columns(columns) }}
from {{ ref('stg_crosswalk') }} as c
inner join list on c.round_key = list.round_key and c.lgo_code = list.lgo_code
left join project
    on c.round_key = project.round_key and c.lgo_code = project.lgo_code and c.eplan_seq = project.eplan_seq
left join listing
    on c.round_key = listing.round_key and c.lgo_code = listing.lgo_code and c.listing_code = listing.listing_code
-- Of a listing that is gone nobody needs to say that it is not the project's; a project that is not there may be a
-- slip of the pen, and the decision of another one.
where project.eplan_seq is null
    or (coalesce(c.decision, 'match') <> 'no_match' and c.listing_code is not null and listing.listing_code is null)
