{# The few words that DuckDB and Spark spell differently. Models use these names only, and say `nulls last` wherever
   a window may have to order NULL: DuckDB puts it last, Spark first. #}

{# Whole part of a / b for whole numbers of either sign. #}
{% macro whole_division(a, b) %}{{ return(adapter.dispatch('whole_division')(a, b)) }}{% endmacro %}
{% macro default__whole_division(a, b) %}(({{ a }}) // ({{ b }})){% endmacro %}
{% macro spark__whole_division(a, b) %}(({{ a }}) div ({{ b }})){% endmacro %}

{# A number as a whole one of up to 38 digits. #}
{% macro wide_whole(number) %}{{ return(adapter.dispatch('wide_whole')(number)) }}{% endmacro %}
{% macro default__wide_whole(number) %}cast({{ number }} as hugeint){% endmacro %}
{% macro spark__wide_whole(number) %}cast({{ number }} as decimal(38, 0)){% endmacro %}

{# A floating-point number as the nearest whole one, the even one of two. #}
{% macro nearest_whole(number) %}{{ return(adapter.dispatch('nearest_whole')(number)) }}{% endmacro %}
{% macro default__nearest_whole(number) %}cast({{ number }} as int){% endmacro %}
{% macro spark__nearest_whole(number) %}cast(rint({{ number }}) as int){% endmacro %}

{# An amount as people read it: 1,234.50. #}
{% macro format_baht(amount) %}{{ return(adapter.dispatch('format_baht')(amount)) }}{% endmacro %}
{% macro default__format_baht(amount) %}format('{:,.2f}', cast({{ amount }} as double)){% endmacro %}
{% macro spark__format_baht(amount) %}format_number(cast({{ amount }} as decimal(18, 2)), 2){% endmacro %}

{# The values of a group joined in the order of another expression. #}
{% macro string_list(value, order_by, separator=', ') %}
    {{ return(adapter.dispatch('string_list')(value, order_by, separator)) }}
{% endmacro %}
{% macro default__string_list(value, order_by, separator) -%}
    string_agg({{ value }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}
{% macro spark__string_list(value, order_by, separator) -%}
    case
        when count({{ value }}) > 0 then array_join(
            transform(array_sort(collect_list(struct({{ order_by }} as k, {{ value }} as v))), x -> x.v),
            '{{ separator }}'
        )
    end
{%- endmacro %}

{# Whole days from one date to a later one. #}
{% macro days_between(earlier, later) %}{{ return(adapter.dispatch('days_between')(earlier, later)) }}{% endmacro %}
{% macro default__days_between(earlier, later) %}cast(datediff('day', {{ earlier }}, {{ later }}) as int){% endmacro %}
{% macro spark__days_between(earlier, later) %}datediff({{ later }}, {{ earlier }}){% endmacro %}
