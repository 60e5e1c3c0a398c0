{# What the target spark needs beside the words of dialect.sql. #}

{# concat leaves NULL out on DuckDB and is NULL with it on Spark; concat_ws leaves it out on both. Models say concat,
   and what Spark builds says the other. #}
{% macro for_spark(sql) -%}
    {{ sql | replace('concat(', "concat_ws('', ") }}
{%- endmacro %}

{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    create table {{ relation }} using parquet as {{ for_spark(compiled_code) }}
{%- endmacro %}

{% macro spark__create_view_as(relation, sql) -%}
    create or replace view {{ relation }} as {{ for_spark(sql) }}
{%- endmacro %}

{# For `dbt run-operation`: the connection of the profile does it, whatever it is. #}
{% macro run_statements(statements) %}
    {% for statement in statements %}
        {% do run_query(statement) %}
    {% endfor %}
{% endmacro %}

{# Stops where a setting of the session is not what the profile asks for. #}
{% macro require_settings(wanted) %}
    {% for name, value in wanted.items() %}
        {% set found = run_query('set ' ~ name).rows[0][1] %}
        {% if found != value %}
            {{ exceptions.raise_compiler_error(name ~ ' is ' ~ found ~ ' on this Spark; it must be ' ~ value) }}
        {% endif %}
    {% endfor %}
{% endmacro %}
