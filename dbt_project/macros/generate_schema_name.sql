{# A schema is called as its layer (staging, core, marts, reference). On Spark, whose catalogue others use as well,
   the schema of the profile stands before it: sucharit_core. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ layer_schema(custom_schema_name | trim) if custom_schema_name else target.schema }}
{%- endmacro %}

{% macro layer_schema(layer) -%}
    {{ target.schema ~ '_' ~ layer if target.type == 'spark' else layer }}
{%- endmacro %}
