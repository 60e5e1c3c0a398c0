{%- set columns = cell_of('c', 'c.listing_code_cell', 'c.listing_code_as_written') -%}
{%- do columns.update({
    'rule': "'crosswalk_stale'",
    'subject_key': "concat(cast(c.eplan_seq as string), '|', c.listing_code)",
    'project_id': project_id('c.round_key', 'c.lgo_code', 'c.eplan_seq', "''"),
    'listing_code': 'c.listing_code',
    'eplan_seq': 'c.eplan_seq',
    'subject_th': "concat('แถวที่ ', cast(c.source_row as string), ' ของตารางจับคู่')",
    'subject_en': "concat('Row ', cast(c.source_row as string), ' of the crosswalk')",
    'found_th': "concat('“', c.name_now, '” กับ “', d.listing_name, '”')",
    'found_en': "concat('\"', c.name_now, '\" and \"', d.listing_name, '\"')",
    'expected_th': "concat('“', coalesce(c.project_name, c.name_now), '” กับ “', coalesce(c.listing_name, d.listing_name), '”')",
    'expected_en': "concat('\"', coalesce(c.project_name, c.name_now), '\" and \"', coalesce(c.listing_name, d.listing_name), '\"')",
}) -%}

-- The project is settled before the listing is looked up: of all at once DuckDB pairs every project of a local
-- government with every listing first.
with stale as (
    select c.*, e.project_name as name_now
    from {{ ref('stg_crosswalk') }} as c
    inner join {{ ref('int_listing_match') }} as m
        on m.outcome = 'reviewed'
        and c.round_key = m.round_key
        and c.lgo_code = m.lgo_code
        and c.eplan_seq = m.eplan_seq
        and c.listing_code = m.listing_code
    inner join {{ ref('match_weight') }} as w on w.part = 'threshold' and w.value = 'stale'
    inner join {{ ref('stg_eplan_project') }} as e
        on c.round_key = e.round_key and c.lgo_code = e.lgo_code and c.eplan_seq = e.eplan_seq
    where c.decision = 'match' and m.guard_similarity < w.points
    qualify row_number() over (
        partition by c.round_key, c.lgo_code, c.eplan_seq, c.listing_code
        order by c.source_row, e.source_sheet, e.source_row
    ) = 1
)

select {{ finding_columns(columns) }}
from stale as c
inner join {{ ref('stg_division_listing') }} as d
    on c.round_key = d.round_key and c.lgo_code = d.lgo_code and c.listing_code = d.listing_code
qualify row_number() over (
    partition by c.round_key, c.lgo_code, c.eplan_seq, c.listing_code
    order by d.source_file, d.source_sha256, d.source_sheet, d.source_row
) = 1
