{{ config(meta={'by_round': true}) }}

{%- set key = ['side', 'round_key', 'lgo_code', 'slot', 'what'] -%}
{%- set said = [
    'name', 'dimension', 'mission', 'is_initial', 'status', 'budget_plan_baht', 'budget_ordinance_baht',
    'transfer_in_baht', 'transfer_out_baht', 'disbursed_baht', 'remaining_baht',
] -%}
{%- set correctable_fields = [] -%}
{%- for fields in correctable().values() -%}
    {%- for field in fields if field not in correctable_fields -%}{%- do correctable_fields.append(field) -%}{%- endfor -%}
{%- endfor -%}

with line as (
    select * from {{ ref('stg_project_line') }}
),

correction as (
    select * from {{ ref('stg_correction_state') }} where {{ of_round('round_key') }}
),

-- A line that a correction is about may change whenever a form, a register or a day does.
moment as (
    select distinct line.side, line.round_key, line.lgo_code, line.what, line.valid_from as changes_at
    from line
    inner join correction
        on line.side = correction.side and line.round_key = correction.round_key
        and line.lgo_code = correction.lgo_code and line.what = correction.what
    union
    select line.side, line.round_key, line.lgo_code, line.what, line.valid_to
    from line
    inner join correction
        on line.side = correction.side and line.round_key = correction.round_key
        and line.lgo_code = correction.lgo_code and line.what = correction.what
    where line.valid_to is not null
    union
    select side, round_key, lgo_code, what, valid_from from correction
    union
    select side, round_key, lgo_code, what, valid_to from correction where valid_to is not null
    union
    select side, round_key, lgo_code, what, expires_at from correction where expires_at is not null
),

span as (
    select
        *,
        lead(changes_at) over (partition by side, round_key, lgo_code, what order by changes_at) as until
    from moment
),

-- The row that decides in a span: of all about the same figure the one decided last, even where it has expired.
deciding as (
    select
        span.changes_at,
        correction.*
    from span
    inner join correction
        on span.side = correction.side and span.round_key = correction.round_key
        and span.lgo_code = correction.lgo_code and span.what = correction.what
        and correction.valid_from <= span.changes_at
        and (correction.valid_to is null or span.changes_at < correction.valid_to)
    qualify row_number() over (
        partition by span.side, span.round_key, span.lgo_code, span.what, span.changes_at, correction.field
        order by correction.decided_on desc, correction.arrival_id desc, correction.source_row desc
    ) = 1
),

piece as (
    select
        line.*,
        coalesce(span.changes_at, line.valid_from) as piece_from,
        case when span.changes_at is null then line.valid_to else span.until end as piece_to
    from line
    -- Comparisons and no `or`: for anything else a left join tries every line with every span.
    left join span
        on line.side = span.side and line.round_key = span.round_key
        and line.lgo_code = span.lgo_code and line.what = span.what
        and line.valid_from <= span.changes_at
        and span.changes_at < coalesce(line.valid_to, cast('9999-12-31' as timestamp))
),

-- Applied to one line, and only while that line says what it said when the correction was decided.
applied as (
    {% for field in correctable_fields %}
    select
        piece.side, piece.round_key, piece.lgo_code, piece.slot, piece.what, piece.piece_from,
        deciding.field, deciding.new_value
    from piece
    inner join deciding
        on piece.side = deciding.side and piece.round_key = deciding.round_key
        and piece.lgo_code = deciding.lgo_code and piece.what = deciding.what
        and piece.piece_from = deciding.changes_at
        and deciding.field = '{{ field }}'
        and (deciding.expires_at is null or deciding.changes_at < deciding.expires_at)
        {% if field == 'status' %}
        and piece.status is not distinct from deciding.old_value
        {% else %}
        and cast(cast(coalesce(piece.{{ field }}, 0) as decimal(18, 2)) as string) = deciding.old_value
        {% endif %}
    qualify row_number() over (
        partition by piece.side, piece.round_key, piece.lgo_code, piece.what, piece.piece_from
        order by piece.source_file, piece.source_sha256, piece.source_sheet, piece.source_row
    ) = 1
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

fix as (
    select
        side, round_key, lgo_code, slot, what, piece_from,
        {% for field in correctable_fields -%}
        max(case when field = '{{ field }}' then 1 else 0 end) as has_{{ field }},
        max(case when field = '{{ field }}' then new_value end) as {{ field }},
        {% endfor -%}
        {{ string_list('field', 'field') }} as corrected_fields
    from applied
    group by side, round_key, lgo_code, slot, what, piece_from
),

corrected as (
    select
        {% for column in key %}piece.{{ column }}, {% endfor %}
        piece.division, piece.listing_code, piece.eplan_seq,
        {% for column in said -%}
        {% if column == 'status' -%}
        case when fix.has_status = 1 then fix.status else piece.status end as status,
        {% elif column in correctable_fields -%}
        case when fix.has_{{ column }} = 1 then cast(fix.{{ column }} as decimal(18, 2)) else piece.{{ column }} end as {{ column }},
        {% else -%}
        piece.{{ column }},
        {% endif -%}
        {% endfor -%}
        fix.corrected_fields,
        {{ origin('piece') }},
        piece.arrival_id,
        piece.piece_from,
        piece.piece_to
    from piece
    left join fix
        on {% for column in key + ['piece_from'] -%}
        piece.{{ column }} = fix.{{ column }}{% if not loop.last %} and {% endif %}
        {%- endfor %}
),

-- Most lines were said once and never again. What follows puts whole rows in order, and is for the others alone.
several as (
    select side, round_key, slot, what
    from corrected
    group by side, round_key, slot, what
    having count(*) > 1
),

compared as (
    select
        corrected.*,
        md5(concat(
            {% for column in said -%}
            coalesce(cast({{ column }} as string), '-'), '|',
            {% endfor -%}
            coalesce(corrected_fields, '-')
        )) as says
    from corrected
    inner join several
        on corrected.side = several.side and corrected.round_key = several.round_key
        and corrected.slot = several.slot and corrected.what = several.what
),

-- A file that says again what the one before it said is no new state.
begun as (
    select
        *,
        case
            when lag(says) over ({{ 'partition by ' ~ key | join(', ') ~ ' order by piece_from' }}) = says
                and lag(piece_to) over ({{ 'partition by ' ~ key | join(', ') ~ ' order by piece_from' }}) = piece_from
            then 0
            else 1
        end as begins
    from compared
),

numbered as (
    select
        *,
        cast(
            sum(begins) over ({{ 'partition by ' ~ key | join(', ') ~ ' order by piece_from' }}) as int
        ) as state_number
    from begun
),

state_of_several as (
    select
        *,
        case
            when count(*) over (partition by {{ key | join(', ') }}, state_number)
                = count(piece_to) over (partition by {{ key | join(', ') }}, state_number)
            then max(piece_to) over (partition by {{ key | join(', ') }}, state_number)
        end as valid_to
    from numbered
    qualify begins = 1
),

{% set kept = key + ['division', 'listing_code', 'eplan_seq'] + said + [
    'corrected_fields', 'arrival_id', 'source_file', 'source_sha256', 'source_sheet', 'source_row', 'piece_from',
] -%}
state as (
    select {{ kept | join(', ') }}, state_number, valid_to
    from state_of_several
    union all
    select corrected.{{ kept | join(', corrected.') }}, 1 as state_number, corrected.piece_to as valid_to
    from corrected
    left join several
        on corrected.side = several.side and corrected.round_key = several.round_key
        and corrected.slot = several.slot and corrected.what = several.what
    where several.side is null
)

select
    md5(concat(
        state.side, '|', state.round_key, '|', state.slot, '|', state.what, '|', cast(state.state_number as string)
    )) as state_id,
    state.round_key,
    state.lgo_code,
    state.side as source,
    coalesce(project.project_id, bridge.project_id) as project_id,
    state.division,
    state.listing_code,
    state.eplan_seq,
    state.state_number,
    state.piece_from as valid_from,
    state.valid_to,
    state.valid_to is null as is_current,
    {% for column in said -%}
    state.{{ column }},
    {% endfor -%}
    state.corrected_fields,
    state.arrival_id,
    {{ origin('state') }}
from state
-- No condition on the side alone: it turns the hash join of a province into minutes. A listing code is a division's.
left join {{ ref('dim_project') }} as project
    on case
        when state.side = 'eplan'
        then {{ project_id('state.round_key', 'state.lgo_code', 'state.eplan_seq', "''") }}
    end = project.project_id
    and {{ of_round('project.round_key') }}
left join {{ ref('bridge_listing_project') }} as bridge
    on state.round_key = bridge.round_key
    and state.lgo_code = bridge.lgo_code
    and state.listing_code = bridge.listing_code
    and bridge.is_primary_project
    and {{ of_round('bridge.round_key') }}
order by state.round_key, state.lgo_code, state.side, state.eplan_seq, state.listing_code, state.division, state.piece_from
