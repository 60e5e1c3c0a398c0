select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.division,
    r.kind,
    r.row_key,
    r.cell,
    r.rule,
    r.scope = 'file' as is_whole_file,
    r.value_as_written,
    r.expected,
    r.message_th,
    r.message_en,
    r.row_text
from {{ rows_of_standing_files('quarantine') }}
-- A refused row of a list goes when a newer list is there, though the summary beside it in the same file still counts.
left join {{ ref('stg_submission_part') }} as newer
    on r.round_key = newer.round_key
    and r.kind = newer.kind
    and newer.slot = case
        {% for kind in submission_kinds() if kind in ('division_listing', 'eplan_project', 'eplan_summary', 'eplan_dimension', 'eplan_status') -%}
        when r.kind = '{{ kind }}' then {{ submission_slot(kind, 'r') }}
        {% endfor -%}
    end
    and newer.is_current
    and newer.arrival_id > f.arrival_id
where newer.kind is null
