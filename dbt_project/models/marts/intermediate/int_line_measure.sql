{%- set money = ['budget_plan', 'budget_ordinance', 'disbursed'] -%}

{% for measure in money %}
select
    line_id, round_key, lgo_code, source, project_id, listing_code, eplan_seq, division, name_as_listed, is_repeated_line,
    '{{ measure }}_baht' as measure,
    cast(coalesce({{ measure }}_baht, 0) as decimal(18, 2)) as amount_baht,
    cast({{ measure }}_baht as string) as value,
    {{ measure }}_as_written as value_as_written,
    {{ measure }}_cell as cell,
    {{ origin('b') }}
from {{ ref('fct_budget') }} as b
union all
{% endfor %}
select
    s.line_id, s.round_key, s.lgo_code, s.source, s.project_id, s.listing_code, s.eplan_seq, s.division, b.name_as_listed,
    s.is_repeated_line,
    'status' as measure,
    cast(null as decimal(18, 2)) as amount_baht,
    s.status as value,
    s.status_as_written as value_as_written,
    s.status_cell as cell,
    {{ origin('s') }}
from {{ ref('fct_status') }} as s
inner join {{ ref('fct_budget') }} as b on s.line_id = b.line_id
