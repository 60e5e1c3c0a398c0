-- A project may be listed under several dimensions: e-PlanNACC has it under one of them. One that the crosswalk gives a
-- listing of its dimension that is not here is rule_crosswalk_unknown's.
with reviewed as (
    select distinct round_key, lgo_code, eplan_seq, split_part(listing_code, '.', 1) as dimension
    from {{ ref('stg_crosswalk') }}
    where listing_code is not null and coalesce(decision, 'match') <> 'no_match'
),

project as (
    select *
    from {{ ref('stg_eplan_project') }}
    qualify row_number() over (
        partition by round_key, lgo_code, eplan_seq order by source_sheet, source_row
    ) = 1
),

pair as (
    select
        bridge.round_key,
        bridge.lgo_code,
        bridge.project_id,
        bridge.eplan_seq,
        bridge.listing_code,
        bridge.listing_code as listing_codes,
        bridge.listing_order,
        'dimension' as measure,
        project.project_name,
        d.division,
        d.dimension as division_value,
        project.dimension as eplan_value,
        {% for column in ['source_file', 'source_sha256', 'source_sheet', 'source_row'] -%}
        d.{{ column }} as division_{{ column }},
        project.{{ column }} as eplan_{{ column }},
        {% endfor -%}
        d.name_cell as division_cell,
        d.name_as_written as division_value_as_written,
        project.dimension_text_cell as eplan_cell,
        project.dimension_text_as_written as eplan_value_as_written
    from {{ ref('bridge_listing_project') }} as bridge
    inner join {{ ref('fct_budget') }} as d
        on d.source = 'division'
        and not d.is_repeated_line
        and bridge.round_key = d.round_key
        and bridge.lgo_code = d.lgo_code
        and bridge.listing_code = d.listing_code
    inner join project
        on bridge.round_key = project.round_key
        and bridge.lgo_code = project.lgo_code
        and bridge.eplan_seq = project.eplan_seq
    left join reviewed
        on project.round_key = reviewed.round_key
        and project.lgo_code = reviewed.lgo_code
        and project.eplan_seq = reviewed.eplan_seq
        and project.dimension = reviewed.dimension
    where reviewed.eplan_seq is null
    qualify max(case when d.dimension = project.dimension then 1 else 0 end) over (partition by bridge.project_id) = 0
)

select
    'dimension_differs' as rule,
    {{ difference_columns('p') }},
    cast(null as decimal(18, 2)) as difference_baht,
    concat('มิติที่ ', p.eplan_value) as found_th,
    concat('dimension ', p.eplan_value) as found_en,
    concat('มิติที่ ', p.division_value) as expected_th,
    concat('dimension ', p.division_value) as expected_en
from pair as p
qualify row_number() over (partition by p.project_id order by p.listing_order, p.listing_code) = 1
