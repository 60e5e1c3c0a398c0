{# The message of a finding: the template of its rule with the words of the case put in. #}
{% macro message(template, language, alias) -%}
    {%- set ns = namespace(sql=template) -%}
    {%- for word in ['subject', 'found', 'expected', 'detail'] -%}
        {%- set ns.sql = "replace(" ~ ns.sql ~ ", '{" ~ word ~ "}', coalesce(" ~ alias ~ "." ~ word ~ "_" ~ language ~ ", '-'))" -%}
    {%- endfor -%}
    trim({{ ns.sql }})
{%- endmacro %}
