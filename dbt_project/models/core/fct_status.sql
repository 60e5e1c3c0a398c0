{%- set marks = {'awaiting_report': 'eplan', 'in_progress': 'both', 'completed': 'both', 'unable': 'both'} -%}

with line as (
    select
        line_id, round_key, lgo_code, source, project_id, listing_code, eplan_seq, division_id, division,
        counts_towards_total, is_repeated_line, source_file, source_sha256, source_sheet, source_row,
        corrected_fields, corrected_by
    from {{ ref('fct_budget') }}
),

-- One row per mark that is set, named with the word of its column in that form.
mark as (
    {% for status, side in marks.items() %}
    {% if side == 'both' %}
    select
        {{ line_id('division', 'd') }} as line_id, '{{ status }}' as mark, {{ loop.index }} as mark_order,
        d.{{ status }}_cell as cell
    from {{ ref('stg_division_listing') }} as d
    where d.{{ status }}
    union all
    {% endif %}
    select
        {{ line_id('eplan', 'e') }} as line_id, '{{ status }}' as mark, {{ loop.index }} as mark_order,
        e.{{ status }}_cell as cell
    from {{ ref('stg_eplan_project') }} as e
    where e.{{ status }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

marked as (
    select
        line.line_id,
        {{ string_list(
            "case when line.source = 'division' then word.name_division_th else word.name_th end",
            'mark.mark_order', ' + '
        ) }} as status_as_written,
        {{ string_list('mark.cell', 'mark.mark_order') }} as status_cell
    from line
    inner join mark on line.line_id = mark.line_id
    inner join {{ ref('status') }} as word on mark.mark = word.status
    group by line.line_id
),

read_status as (
    select {{ line_id('division', 'd') }} as line_id, d.status
    from {{ ref('stg_division_listing') }} as d
    union all
    select {{ line_id('eplan', 'e') }} as line_id, e.status
    from {{ ref('stg_eplan_project') }} as e
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
    marked.status_as_written,
    marked.status_cell,
    line.counts_towards_total,
    line.is_repeated_line,
    {{ origin('line') }},
    line.corrected_fields,
    line.corrected_by
from line
inner join read_status on line.line_id = read_status.line_id
left join marked on line.line_id = marked.line_id
order by line.round_key, line.lgo_code, line.source, line.eplan_seq, line.line_id
