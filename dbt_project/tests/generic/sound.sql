{#
    Everything that dbt holds against a table, in one test, because every test costs dbt time of its own. Fails for
    - every combination of the columns of a key that occurs more than once or has a NULL in it,
    - every value of a key column that its dimension does not have; NULL is no value,
    - every value of a column of codes that is none of the known ones; NULL is no value.
    unique: list of keys, each a list of column names: together they name a row. The first is the table's own.
    nullable: those of their columns that may be NULL and then count as a value.
    points_at: map of column to the model it points at, or model.column where the column is called otherwise there.
    known: map of column to its codes.
#}
{% test sound(model, unique, nullable=[], points_at={}, known={}) %}
{% for key in unique %}
select
    'not unique' as fault, '{{ key | join(', ') }}' as columns_at_fault,
    concat({% for column in key %}coalesce(cast({{ column }} as string), 'NULL'){{ ", ', ', " if not loop.last }}{% endfor %}) as value_at_fault,
    count(*) as row_count
from {{ model }}
group by {{ key | join(', ') }}
having count(*) > 1
{%- for column in key if column not in nullable %} or {{ column }} is null{% endfor %}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% for column, target in points_at.items() %}
{%- set there = target.split('.') -%}
{%- set there_column = there[1] if there | length > 1 else column -%}
union all
select 'not in {{ there[0] }}', '{{ column }}', cast(here.{{ column }} as string), count(*)
from {{ model }} as here
left join {{ ref(there[0]) }} as there on here.{{ column }} = there.{{ there_column }}
where here.{{ column }} is not null and there.{{ there_column }} is null
group by here.{{ column }}
{% endfor %}
{% for column, codes in known.items() %}
union all
select 'not known', '{{ column }}', cast({{ column }} as string), count(*)
from {{ model }}
where {{ column }} not in ('{{ codes | join("', '") }}')
group by {{ column }}
{% endfor %}
{% endtest %}
