{# A model whose rows each follow from the rows of their own round may say so: config(meta={'by_round': true}). Where
   there are more rows than memory (orchestration/memory.py), it is then built one round after the other, and what it
   holds at once is a round. It says with of_round() or rows_of_round() where that round is taken from.
   A build of all rounds at once gives the same rows, and in the same order where the model is ordered by round first. #}

{# True for rows of the round that is being built, or of any where all are. #}
{% macro of_round(round_key) %}{{ return(adapter.dispatch('of_round')(round_key)) }}{% endmacro %}
{% macro default__of_round(round_key) -%}
    (getvariable('sucharit_round') is null or {{ round_key }} = getvariable('sucharit_round'))
{%- endmacro %}
{% macro spark__of_round(round_key) %}true{% endmacro %}

{# A table, and of it the rows of the round that is being built. #}
{% macro rows_of_round(relation) -%}
    (select * from {{ relation }} where {{ of_round('round_key') }})
{%- endmacro %}

{# The statements that make a table of the rows of all rounds, or of one round after the other. #}
{% macro rows_by_round(relation) -%}
    {%- set rounds = env_var('SUCHARIT_BUILD_ROUNDS', '').split(',') | select | list -%}
    {%- if rounds and config.get('meta', {}).get('by_round') -%}
        set variable sucharit_round = '{{ rounds[0] }}';
        create table {{ relation }} as ({{ in_order(compiled_code) }});
        {% for round in rounds[1:] -%}
        set variable sucharit_round = '{{ round }}';
        insert into {{ relation }} ({{ in_order(compiled_code) }});
        {% endfor -%}
        reset variable sucharit_round;
    {%- else -%}
        create table {{ relation }} as ({{ in_order(compiled_code) }});
    {%- endif -%}
{%- endmacro %}
