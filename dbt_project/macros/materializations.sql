{# How a table, a view and a seed are made on DuckDB. A build starts from an empty file that no reader opens, so nothing is
   made under another name, renamed and dropped, as dbt does it for tables that are being read; and whether the
   columns are those of the contract is asked of what was made instead of planning the whole query once more for it.
   With some hundred nodes of few rows that is a quarter of the time of a build. #}

{# Hooks, grants, indexes and comments are not made, because no model has any: whoever adds one is told. #}
{% macro plain() -%}
    {%- for name in ['pre-hook', 'post-hook', 'grants', 'indexes', 'persist_docs', 'sql_header'] if model.config.get(name) -%}
        {{ exceptions.raise_compiler_error(name ~ ': not made by macros/materializations.sql') }}
    {%- endfor -%}
{%- endmacro %}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set target = this.incorporate(type='table') -%}
    {% do plain() %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement('main', language=model['language']) -%}
        {%- if model['language'] == 'python' -%}
            {{ py_write_table(temporary=False, relation=target, compiled_code=compiled_code) }}
        {%- else -%}
            {{ rows_by_round(target) }}
            {{ hold_to_contract(target) }}
        {%- endif -%}
    {%- endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {% do plain() %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement('main') -%}
        create view {{ target }} as ({{ sql }});
        {{ hold_to_contract(target) }}
    {%- endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{# Read by DuckDB alone: dbt would first take every value for a Python object, to guess types that seeds.yml gives. #}
{% materialization seed, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set types = config.get('column_types') -%}
    {%- set columns = types | join(', ') -%}
    {% do plain() %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement('main') -%}
        create table {{ target }} as
        select {{ columns }}, * exclude ({{ columns }})
        from read_csv(
            '{{ adapter.get_seed_file_path(model) | replace("'", "''") }}',
            header = true, delim = ',', quote = '"', escape = '"',
            types = {
                {%- for column, type in types.items() %}'{{ column }}': '{{ type }}'{{ ", " if not loop.last }}{% endfor -%}
            }
        )
    {%- endcall %}
    {# dbt asks for it, to show some rows where it is told to. #}
    {% do store_result('agate_table', response='OK') %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{# The rows of a model, its columns in the order of the contract, and at the end what is not in it: that is found. #}
{% macro in_order(compiled_code) -%}
    {%- if config.get('contract').enforced -%}
        {%- set columns = model['columns'] | join(', ') -%}
        select {{ columns }}, * exclude ({{ columns }}) from ({{ compiled_code }})
    {%- else -%}
        {{ compiled_code }}
    {%- endif -%}
{%- endmacro %}

{# A statement that fails where a relation has other columns or types than its model's contract, and names them. #}
{% macro hold_to_contract(relation) -%}
    {%- if config.get('contract').enforced -%}
        with
            made as (select column_name, column_type from (describe {{ relation }})),
            promised as (
                select column_name, column_type from (describe {{ get_empty_schema_sql(model['columns']) }})
            ),
            wrong as (
                select 'made' as side, * from (from made except from promised)
                union all
                select 'in the contract' as side, * from (from promised except from made)
            )
        select error(concat('{{ relation.schema }}.{{ relation.identifier }} is not as its contract in {{ model.patch_path.split('://')[1] }} says: ', said))
        from (
            select string_agg(concat(column_name, ' ', column_type, ' (', side, ')'), ', ' order by all) as said
            from wrong
        )
        where said is not null
    {%- endif -%}
{%- endmacro %}
