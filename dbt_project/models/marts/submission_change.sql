{#- Fields that are compared. A transfer stands inside another cell, so it has none of its own; dimension and
    mission are written once for many rows and say nothing that the listing code does not. -#}
{%- set kinds = {
    'division_listing': {
        'key': 'r.listing_code', 'name': 'r.listing_name', 'derived': ['transfer_in_baht', 'transfer_out_baht'],
        'fields': ['listing_text', 'budget_plan_baht', 'budget_ordinance_baht', 'disbursed_baht', 'remaining_baht',
                   'no_budget', 'completed', 'in_progress', 'unable', 'remark'],
    },
    'eplan_project': {
        'key': 'cast(r.eplan_seq as string)', 'name': 'r.project_name', 'derived': [],
        'fields': ['project_name', 'dimension_text', 'budget_plan_baht', 'disbursed_baht', 'awaiting_report',
                   'in_progress', 'completed', 'unable', 'remark'],
    },
} -%}

-- Each file of a slot beside the one that it superseded.
with step as (
    select
        round_key, kind, slot, source_sha256, arrival_id,
        lag(source_sha256) over (partition by round_key, kind, slot order by received_at, arrival_id) as before_sha256,
        lag(arrival_id) over (partition by round_key, kind, slot order by received_at, arrival_id) as before_arrival_id
    from {{ ref('stg_submission_part') }}
    where kind in ('division_listing', 'eplan_project')
    qualify before_sha256 is not null
),

needed as (
    select round_key, kind, slot, source_sha256 from step
    union
    select round_key, kind, slot, before_sha256 as source_sha256 from step
),

-- One row per row of those files (field is NULL), and one per cell.
said as (
    {% for kind, of in kinds.items() %}
    {% for field in [none] + of.fields + of.derived %}
    select
        '{{ kind }}' as kind, part.slot, r.round_key, r.lgo_code,
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
    inner join needed as part
        on part.kind = '{{ kind }}' and part.round_key = r.round_key and part.source_sha256 = r.source_sha256
        and part.slot = {{ submission_slot(kind, 'r') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

old as (
    select step.kind, step.slot, step.source_sha256 as pair_sha256, said.*
    from step
    inner join said
        on step.round_key = said.round_key and step.kind = said.kind and step.slot = said.slot
        and step.before_sha256 = said.source_sha256
),

new as (
    select step.kind, step.slot, step.source_sha256 as pair_sha256, said.*
    from step
    inner join said
        on step.round_key = said.round_key and step.kind = said.kind and step.slot = said.slot
        and step.source_sha256 = said.source_sha256
),

paired as (
    select
        coalesce(new.round_key, old.round_key) as round_key,
        coalesce(new.lgo_code, old.lgo_code) as lgo_code,
        coalesce(new.division, old.division) as division,
        coalesce(new.kind, old.kind) as kind,
        coalesce(new.slot, old.slot) as slot,
        coalesce(new.pair_sha256, old.pair_sha256) as pair_sha256,
        coalesce(new.row_key, old.row_key) as row_key,
        coalesce(new.field, old.field) as field,
        old.row_key is null as is_added,
        new.row_key is null as is_removed,
        {% for side, of in {'before': 'old', 'after': 'new'}.items() %}
        {{ of }}.value as {{ side }},
        {{ of }}.as_written as {{ side }}_as_written,
        {{ of }}.source_file as {{ side }}_file,
        {{ of }}.source_sha256 as {{ side }}_sha256,
        {{ of }}.source_sheet as {{ side }}_sheet,
        {{ of }}.source_row as {{ side }}_row,
        {{ of }}.cell as {{ side }}_cell{% if not loop.last %},{% endif %}
        {% endfor %}
    from old
    full outer join new
        on old.round_key = new.round_key and old.kind = new.kind and old.slot = new.slot
        and old.pair_sha256 = new.pair_sha256 and old.row_key = new.row_key
        and coalesce(old.field, '') = coalesce(new.field, '')
),

-- Gone, but only because the later file's row could not be accepted.
refused as (
    select distinct p.round_key, p.kind, p.slot, p.pair_sha256, p.row_key
    from paired as p
    inner join {{ source('accepted', 'quarantine') }} as q
        on p.round_key = q.round_key and p.pair_sha256 = q.source_sha256
        and case
            when p.kind = 'division_listing' then instr(q.row_text, concat('"', p.row_key, ' ')) > 0
            else instr(q.row_text, concat('["', p.row_key, '"')) = 1
        end
    where p.is_removed and p.field is null
)

select
    p.round_key,
    p.lgo_code,
    p.division,
    p.kind,
    p.row_key,
    case
        when p.is_added then 'added'
        when p.is_removed and refused.row_key is not null then 'refused'
        when p.is_removed then 'removed'
        else 'changed'
    end as change,
    p.field,
    p.before,
    p.after,
    p.before_as_written,
    p.after_as_written,
    step.before_arrival_id,
    step.arrival_id as after_arrival_id,
    {% for side in ['before', 'after'] -%}
    p.{{ side }}_file,
    p.{{ side }}_sha256,
    p.{{ side }}_sheet,
    p.{{ side }}_row,
    p.{{ side }}_cell{% if not loop.last %},{% endif %}
    {% endfor %}
from paired as p
inner join step
    on p.round_key = step.round_key and p.kind = step.kind and p.slot = step.slot
    and p.pair_sha256 = step.source_sha256
left join refused
    on p.round_key = refused.round_key and p.kind = refused.kind and p.slot = refused.slot
    and p.pair_sha256 = refused.pair_sha256 and p.row_key = refused.row_key
where (p.field is null and (p.is_added or p.is_removed))
    or (p.field is not null and not p.is_added and not p.is_removed and p.before is distinct from p.after)
order by p.round_key, p.lgo_code, p.division, p.kind, after_arrival_id, p.row_key, p.field
