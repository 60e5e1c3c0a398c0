{%- set kinds = {
    'division_listing': {
        'key': 'r.listing_code', 'name': 'r.listing_name', 'derived': ['transfer_in_baht', 'transfer_out_baht'],
    },
    'eplan_project': {'key': 'cast(r.eplan_seq as string)', 'name': 'r.project_name', 'derived': []},
} -%}

-- The files of a slot in the order in which they came; one that stands alone has nothing to be compared with.
with file as (
    select
        round_key, kind, slot, source_sha256, arrival_id,
        row_number() over (partition by round_key, kind, slot order by arrival_id) as step
    from {{ ref('stg_submission_part') }}
    where kind in ('division_listing', 'eplan_project')
    qualify count(*) over (partition by round_key, kind, slot) > 1
),

-- One row per row of those files (field is NULL), and one per cell.
said as (
    {% for kind, of in kinds.items() %}
    {% for field in [none] + cells_of_a_line()[kind] + of.derived %}
    select
        '{{ kind }}' as kind, part.slot, part.step, r.round_key, r.lgo_code,
        {% if kind == 'division_listing' %}r.division{% else %}cast(null as string) as division{% endif %},
        {{ of.key }} as row_key, {{ origin('r') }},
        {% if field is none %}
        cast(null as string) as field, {{ of.name }} as value, {{ of.name }} as as_written, cast(null as string) as cell
        {% elif field in of.derived %}
        '{{ field }}' as field, cast(r.{{ field }} as string) as value, cast(null as string) as as_written,
        cast(null as string) as cell
        {% else %}
        '{{ field }}' as field, cast(r.{{ field }} as string) as value, r.{{ field }}_as_written as as_written,
        r.{{ field }}_cell as cell
        {% endif %}
    from {{ source('accepted', kind) }} as r
    inner join file as part
        on part.kind = '{{ kind }}' and part.round_key = r.round_key and part.source_sha256 = r.source_sha256
        and part.slot = {{ submission_slot(kind, 'r') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- A row that stands in a file but could not be accepted, with the cell for which it was refused.
refused as (
    select
        file.kind, file.slot, file.step, q.row_key, q.round_key, q.lgo_code,
        case when file.kind = 'division_listing' then q.division end as division,
        {{ origin('q') }},
        q.cell,
        q.value_as_written
    from {{ source('accepted', 'quarantine') }} as q
    inner join file
        on file.round_key = q.round_key and file.source_sha256 = q.source_sha256 and file.kind = q.kind
        and file.slot = case
            when file.kind = 'division_listing' then {{ submission_slot('division_listing', 'q') }}
            else {{ submission_slot('eplan_project', 'q') }}
        end
    where q.row_key is not null
    qualify row_number() over (
        partition by file.round_key, file.kind, file.slot, file.step, q.row_key order by q.source_sheet, q.source_row
    ) = 1
),

-- What each file has of each row: accepted, or refused. accepted_step is the last file before this one in which the
-- row was accepted, with none between them that leaves it out: a refused row is still there.
presence as (
    select round_key, kind, slot, step, row_key, true as is_accepted from said where field is null
    union all
    select refused.round_key, refused.kind, refused.slot, refused.step, refused.row_key, false as is_accepted
    from refused
    left join said
        on refused.round_key = said.round_key and refused.kind = said.kind and refused.slot = said.slot
        and refused.step = said.step and refused.row_key = said.row_key and said.field is null
    where said.row_key is null
),

islands as (
    select
        *,
        step - row_number() over (partition by round_key, kind, slot, row_key order by step) as island
    from presence
),

history as (
    select
        *,
        max(case when is_accepted then step end) over (
            partition by round_key, kind, slot, row_key, island
            order by step rows between unbounded preceding and 1 preceding
        ) as accepted_step,
        lead(step) over (partition by round_key, kind, slot, row_key order by step) as next_step
    from islands
),

-- Row by row: which step it is, and which two files are compared.
row_change as (
    select
        round_key, kind, slot, step, row_key, accepted_step as before_step,
        case
            when not is_accepted then 'refused'
            when accepted_step is null then 'added'
            when accepted_step < step - 1 then 'restored'
            else 'kept'
        end as change
    from history
    where step > 1 and (is_accepted or accepted_step is not null)
    union all
    -- Gone from the file after the last one that had it.
    select
        h.round_key, h.kind, h.slot, h.step + 1 as step, h.row_key,
        case when h.is_accepted then h.step else h.accepted_step end as before_step,
        'removed' as change
    from history as h
    inner join file
        on h.round_key = file.round_key and h.kind = file.kind and h.slot = file.slot and h.step + 1 = file.step
    where h.next_step is distinct from h.step + 1 and (h.is_accepted or h.accepted_step is not null)
),

-- One line for a row that came, went, was refused or came back; one per cell that differs where both are there.
compared as (
    select
        c.round_key, c.kind, c.slot, c.step, c.before_step, c.row_key, c.change, cast(null as string) as field,
        old.value as before, old.as_written as before_as_written, old.source_file as before_file,
        old.source_sha256 as before_sha256, old.source_sheet as before_sheet, old.source_row as before_row,
        old.cell as before_cell,
        new.value as after,
        coalesce(new.as_written, r.value_as_written) as after_as_written,
        coalesce(new.source_file, r.source_file) as after_file,
        coalesce(new.source_sha256, r.source_sha256) as after_sha256,
        coalesce(new.source_sheet, r.source_sheet) as after_sheet,
        coalesce(new.source_row, r.source_row) as after_row,
        r.cell as after_cell,
        coalesce(new.lgo_code, r.lgo_code, old.lgo_code) as lgo_code,
        coalesce(new.division, r.division, old.division) as division
    from row_change as c
    left join said as old
        on c.round_key = old.round_key and c.kind = old.kind and c.slot = old.slot and c.before_step = old.step
        and c.row_key = old.row_key and old.field is null
    left join said as new
        on c.round_key = new.round_key and c.kind = new.kind and c.slot = new.slot and c.step = new.step
        and c.row_key = new.row_key and new.field is null
    left join refused as r
        on c.round_key = r.round_key and c.kind = r.kind and c.slot = r.slot and c.step = r.step
        -- No condition on the change alone: a left join with one tries every change with every refused row.
        and case when c.change = 'refused' then c.row_key end = r.row_key
    where c.change <> 'kept'
    union all
    select
        c.round_key, c.kind, c.slot, c.step, c.before_step, c.row_key, 'changed' as change, new.field,
        old.value, old.as_written, old.source_file, old.source_sha256, old.source_sheet, old.source_row, old.cell,
        new.value, new.as_written, new.source_file, new.source_sha256, new.source_sheet, new.source_row, new.cell,
        new.lgo_code, new.division
    from row_change as c
    inner join said as old
        on c.round_key = old.round_key and c.kind = old.kind and c.slot = old.slot and c.before_step = old.step
        and c.row_key = old.row_key
    inner join said as new
        on c.round_key = new.round_key and c.kind = new.kind and c.slot = new.slot and c.step = new.step
        and c.row_key = new.row_key and old.field = new.field
    where c.change in ('kept', 'restored') and old.value is distinct from new.value
)

select
    c.round_key,
    c.lgo_code,
    c.division,
    c.kind,
    c.row_key,
    c.change,
    c.field,
    c.before,
    c.after,
    c.before_as_written,
    c.after_as_written,
    coalesce(compared_with.arrival_id, previous.arrival_id) as before_arrival_id,
    file.arrival_id as after_arrival_id,
    {% for side in ['before', 'after'] -%}
    c.{{ side }}_file,
    c.{{ side }}_sha256,
    c.{{ side }}_sheet,
    c.{{ side }}_row,
    c.{{ side }}_cell{% if not loop.last %},{% endif %}
    {% endfor %}
from compared as c
inner join file
    on c.round_key = file.round_key and c.kind = file.kind and c.slot = file.slot and c.step = file.step
inner join file as previous
    on c.round_key = previous.round_key and c.kind = previous.kind and c.slot = previous.slot
    and c.step = previous.step + 1
left join file as compared_with
    on c.round_key = compared_with.round_key and c.kind = compared_with.kind and c.slot = compared_with.slot
    and c.before_step = compared_with.step
order by c.round_key, c.lgo_code, c.division, c.kind, after_arrival_id, c.row_key, c.field
