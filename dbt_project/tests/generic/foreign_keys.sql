{#
    Fails for every value of a key column that its dimension does not have; NULL is no value. One test for all the
    keys of a model, because every test costs time of its own.
    keys: map of column to the model it points at, or model.column where the column is called otherwise there.
#}
{% test foreign_keys(model, keys) %}
{% for column, target in keys.items() %}
{%- set there = target.split('.') -%}
select '{{ column }}' as key_column, cast(here.{{ column }} as string) as value_without_target
from {{ model }} as here
left join {{ ref(there[0]) }} as there on here.{{ column }} = there.{{ there[1] if there | length > 1 else column }}
where here.{{ column }} is not null and there.{{ there[1] if there | length > 1 else column }} is null
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endtest %}
