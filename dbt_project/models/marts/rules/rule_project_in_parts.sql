{%- set columns = cell_of('part', 'part.budget_plan_cell', 'part.budget_plan_as_written') -%}
{%- do columns.update({
    'rule': "'project_in_parts'",
    'division': 'part.division',
    'subject_key': 'part.project_id',
    'project_id': 'part.project_id',
    'listing_code': 'part.listing_code',
    'eplan_seq': 'part.eplan_seq',
    'subject_th': "concat('โครงการที่ ', cast(part.eplan_seq as string), ' ', coalesce(named.name, ''))",
    'subject_en': "concat('Project ', cast(part.eplan_seq as string))",
    'found_th': 'project.parts_th', 'found_en': 'project.parts_en',
    'expected_th': format_baht('project.budget_plan_baht'), 'expected_en': format_baht('project.budget_plan_baht'),
}) -%}

with part as (
    select
        bridge.project_id, bridge.eplan_seq, bridge.listing_order, bridge.is_primary_listing,
        line.round_key, line.lgo_code, line.listing_code, line.division, line.budget_plan_baht,
        line.budget_plan_cell, line.budget_plan_as_written, {{ origin('line') }}
    from {{ ref('bridge_listing_project') }} as bridge
    inner join {{ ref('fct_budget') }} as line
        on line.source = 'division'
        and not line.is_repeated_line
        and bridge.round_key = line.round_key
        and bridge.lgo_code = line.lgo_code
        and bridge.listing_code = line.listing_code
    where bridge.is_part
),

project as (
    select
        project_id,
        cast(sum(budget_plan_baht) as decimal(18, 2)) as budget_plan_baht,
        {{ string_list("concat(listing_code, coalesce(concat(' ', division), ''), ' ', " ~ format_baht('budget_plan_baht') ~ ")", 'listing_order', ' + ') }} as parts_th,
        {{ string_list("concat(listing_code, ' ', " ~ format_baht('budget_plan_baht') ~ ")", 'listing_order', ' + ') }} as parts_en
    from part
    group by project_id
)

select {{ finding_columns(columns) }}
from part
inner join project on part.project_id = project.project_id
inner join {{ ref('dim_project') }} as named on part.project_id = named.project_id
where part.is_primary_listing
