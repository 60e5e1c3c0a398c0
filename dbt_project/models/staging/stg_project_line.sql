{{ config(materialized='ephemeral') }}

{%- set sides = {
    'division': {
        'kind': 'division_listing', 'what': 'r.listing_code', 'name': 'r.listing_name',
        'own': ['division', 'listing_code', 'mission', 'budget_ordinance_baht', 'remaining_baht'], 'other': ['eplan_seq', 'is_initial'],
    },
    'eplan': {
        'kind': 'eplan_project', 'what': 'cast(r.eplan_seq as string)', 'name': 'r.project_name',
        'own': ['eplan_seq', 'is_initial'], 'other': ['division', 'listing_code', 'mission', 'budget_ordinance_baht', 'remaining_baht'],
    },
} -%}
{%- set types = {
    'division': 'string', 'listing_code': 'string', 'mission': 'string', 'eplan_seq': 'int', 'is_initial': 'boolean',
    'budget_ordinance_baht': 'decimal(18, 2)', 'remaining_baht': 'decimal(18, 2)',
} -%}

{% for side, of in sides.items() %}
select
    '{{ side }}' as side,
    state.round_key,
    r.lgo_code,
    state.slot,
    {{ of.what }} as what,
    {% for column, type in types.items() -%}
    {% if column in of.own %}r.{{ column }}{% else %}cast(null as {{ type }}) as {{ column }}{% endif %},
    {% endfor -%}
    {{ of.name }} as name,
    r.dimension,
    r.status,
    r.budget_plan_baht,
    {% if side == 'division' -%}
    cast(coalesce(r.transfer_in_baht, 0) as decimal(18, 2)) as transfer_in_baht,
    cast(coalesce(r.transfer_out_baht, 0) as decimal(18, 2)) as transfer_out_baht,
    {%- else -%}
    cast(null as decimal(18, 2)) as transfer_in_baht,
    cast(null as decimal(18, 2)) as transfer_out_baht,
    {%- endif %}
    r.disbursed_baht,
    {{ origin('r') }},
    state.arrival_id,
    state.valid_from,
    state.valid_to
from {{ source('accepted', of.kind) }} as r
inner join {{ ref('stg_submission_state') }} as state
    on state.kind = '{{ of.kind }}'
    and r.round_key = state.round_key
    and r.source_sha256 = state.source_sha256
    and {{ submission_slot(of.kind, 'r') }} = state.slot
where {{ of.what }} is not null
    and (state.valid_to is null or state.valid_from < state.valid_to)
    and {{ of_round('r.round_key') }}
-- Of a listing or project that a file names twice the first line counts, as in fct_budget.
qualify row_number() over (
    partition by state.arrival_id, state.slot, r.lgo_code, {{ of.what }} order by r.source_sheet, r.source_row
) = 1
{% if not loop.last %}union all{% endif %}
{% endfor %}
