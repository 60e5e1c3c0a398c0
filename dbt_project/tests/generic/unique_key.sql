{#
    Fails for every combination of the columns that occurs more than once or has a NULL in it.
    The one test of a key: together the columns name a row.
    columns: list of column names; nullable: those of them that may be NULL and then count as a value.
#}
{% test unique_key(model, columns, nullable=[]) %}
select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns if column not in nullable %} or {{ column }} is null{% endfor %}
{% endtest %}
