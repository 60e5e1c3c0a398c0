{{ config(materialized='table') }}

{%- set sources = {'division': 'division_listing', 'eplan': 'eplan_project'} -%}
{%- set keys = {'division': 'r.listing_code', 'eplan': 'cast(r.eplan_seq as string)'} -%}

with numbered as (
    select
        r.*,
        concat(r.round_key, ':', r.lgo_code, ':', r.side, ':', r.what, ':', r.field) as target,
        part.arrival_id,
        row_number() over (
            partition by
                r.round_key, r.lgo_code, r.side, r.what, r.field, r.decided_on,
                r.source_file, r.old_value, r.new_value
            order by part.arrival_id, r.source_sheet, r.source_row
        ) as same_before
    from {{ current_rows('correction') }}
),

named as (
    select
        n.*,
        concat(
            n.target, ':', n.decided_on, ':',
            substr(md5(concat(n.source_file, '|', coalesce(n.old_value, ''), '|', coalesce(n.new_value, ''))), 1, 8),
            case when n.same_before > 1 then concat(':', cast(n.same_before as string)) else '' end
        ) as correction_id
    from numbered as n
),

register as (
    select
        n.*,
        lag(n.correction_id) over one_figure as replaces,
        lead(n.correction_id) over one_figure as replaced_by
    from named as n
    window one_figure as (
        partition by n.target
        order by n.decided_on, n.arrival_id, n.source_sheet, n.source_row
    )
),

-- A row that could not be read holds back an earlier one about the same figure: what was decided last is not known.
held as (
    select c.correction_id, h.source_file as held_by_file, h.source_row as held_by_row
    from register as c
    inner join {{ ref('stg_refused_correction') }} as h
        on c.target = h.target and {{ is_later_correction('h', 'c') }}
    where c.replaced_by is null
    qualify row_number() over (
        partition by c.correction_id order by h.arrival_id desc, h.source_row desc
    ) = 1
),

-- Every figure that a correction could be about, as its file gives it. Nothing and 0 are the same amount.
given as (
    {% for side, fields in correctable().items() %}
    {% set side_loop = loop %}
    {% for field in fields %}
    select
        '{{ side }}' as side, '{{ field }}' as field, r.round_key, r.lgo_code, {{ keys[side] }} as what,
        {% if field == 'status' %}
        r.status as value,
        cast(null as string) as as_written,
        cast(null as string) as cell,
        {% else %}
        cast(cast(coalesce(r.{{ field }}, 0) as decimal(18, 2)) as string) as value,
        r.{{ field }}_as_written as as_written,
        r.{{ field }}_cell as cell,
        {% endif %}
        {% if side == 'division' %}r.division{% else %}cast(null as string) as division{% endif %},
        {{ origin('r') }}
    from {{ current_rows(sources[side]) }}
    {% if not (side_loop.last and loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}
),

-- One line per correction: the first that still has the old value, else the first there is.
aimed as (
    select
        c.*,
        m.value is not distinct from c.old_value and m.source_sha256 is not null as has_old_value,
        m.value as found_value,
        m.as_written as found_as_written,
        m.cell as target_cell,
        m.division,
        m.source_file as target_file,
        m.source_sha256 as target_sha256,
        m.source_sheet as target_sheet,
        m.source_row as target_row,
        row_number() over (
            partition by c.source_sha256, c.source_sheet, c.source_row
            order by
                case when m.value is not distinct from c.old_value then 0 else 1 end,
                m.source_file, m.source_sha256, m.source_sheet, m.source_row
        ) as nearest_first
    from register as c
    left join given as m
        on c.round_key = m.round_key
        and c.lgo_code = m.lgo_code
        and c.side = m.side
        and c.what = m.what
        and c.field = m.field
)

select
    c.correction_id,
    c.replaces,
    c.replaced_by,
    case
        when c.replaced_by is not null then 'replaced'
        when held.correction_id is not null then 'held'
        when cast(c.valid_until as date) < moment.known_on then 'expired'
        when c.has_old_value then 'applied'
        else 'guard_failed'
    end as outcome,
    c.round_key,
    c.lgo_code,
    c.division,
    c.side,
    c.what,
    c.field,
    c.old_value,
    c.new_value,
    c.found_value,
    c.found_as_written,
    c.reason,
    c.decided_by,
    cast(c.decided_on as date) as decided_on,
    cast(c.valid_until as date) as valid_until,
    c.target_file,
    c.target_sha256,
    c.target_sheet,
    c.target_row,
    c.target_cell,
    {{ origin('c') }},
    c.old_value_cell,
    held.held_by_file,
    held.held_by_row
from aimed as c
left join held on c.correction_id = held.correction_id
cross join {{ source('accepted', 'moment') }} as moment
where c.nearest_first = 1
