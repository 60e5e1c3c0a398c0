{%- set marks = {'awaiting_report': 'eplan', 'in_progress': 'both', 'completed': 'both', 'unable': 'both'} -%}

with line as (
    select
        line_id, round_key, lgo_code, source, project_id, listing_code, eplan_seq, division_id, division,
        counts_towards_total, is_repeated_line, source_file, source_sha256, source_sheet, source_row,
        corrected_fields, corrected_by
    from {{ ref('fct_budget') }}
),

-- The word of a mark is that of its column in the form.
word as (
    select
        {% for status in marks -%}
        max(case when status = '{{ status }}' then name_division_th end) as {{ status }}_division,
        max(case when status = '{{ status }}' then name_th end) as {{ status }}_eplan{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('status') }}
),

-- Put together from the columns of the row: as rows of their own, the marks of a nation did not fit into memory.
{% for side, model in {'division': 'stg_division_listing', 'eplan': 'stg_eplan_project'}.items() %}
{{ side }}_status as (
    select
        {{ line_id(side, 'r') }} as line_id,
        r.status,
        nullif(concat_ws(' + '
            {%- for status, of in marks.items() if of in ('both', side) %},
            case when r.{{ status }} then word.{{ status }}_{{ side }} end
            {%- endfor %}
        ), '') as status_as_written,
        nullif(concat_ws(', '
            {%- for status, of in marks.items() if of in ('both', side) %},
            case when r.{{ status }} then r.{{ status }}_cell end
            {%- endfor %}
        ), '') as status_cell
    from {{ ref(model) }} as r
    cross join word
),

{% endfor -%}
read_status as (
    select * from division_status
    union all
    select * from eplan_status
),

-- Money of the parts of a project is added up; the project is one, whose status is counted with its first part.
later_part as (
    select distinct round_key, lgo_code, listing_code
    from {{ ref('bridge_listing_project') }}
    where is_part and is_primary_project and not is_primary_listing
)

select
    line.line_id,
    line.round_key,
    line.lgo_code,
    line.source,
    line.project_id,
    line.listing_code,
    line.eplan_seq,
    line.division_id,
    line.division,
    read_status.status,
    read_status.status_as_written,
    read_status.status_cell,
    line.counts_towards_total and later_part.listing_code is null as counts_towards_total,
    line.is_repeated_line,
    {{ origin('line') }},
    line.corrected_fields,
    line.corrected_by
from line
inner join read_status on line.line_id = read_status.line_id
-- A line of e-PlanNACC has no listing code.
left join later_part
    on line.round_key = later_part.round_key
    and line.lgo_code = later_part.lgo_code
    and line.listing_code = later_part.listing_code
order by line.round_key, line.lgo_code, line.source, line.eplan_seq, line.line_id
