{# Arithmetic that a figure of the report depends on. Nothing here goes through binary floating point. #}

{# 100 x numerator / denominator as decimal(7,2), rounded half up once, at the very end.
   NULL when the denominator is NULL, zero or negative, or when the percent has more than seven digits.
   Both sides are taken in hundredths (satang) as whole numbers of 38 digits, so that no sum of money is too large. #}
{% macro percent(numerator, denominator) -%}
    {%- set n = wide_whole('(' ~ numerator ~ ') * 100') -%}
    {%- set d = wide_whole('(' ~ denominator ~ ') * 100') -%}
    case
        when ({{ denominator }}) > 0 then
            try_cast(
                {{ whole_division('20000 * abs(' ~ n ~ ') + ' ~ d, '2 * ' ~ d) }}
                * case when {{ n }} < 0 then -0.01 else 0.01 end
                as decimal(7, 2)
            )
    end
{%- endmacro %}

{# numerator / denominator in ten thousand millionths, cut off, at most 1: a whole number that is the same for equal
   fractions (28/35 and 12/15) and differs for different ones. The numerator may have hundredths; for denominators
   below 1,000 two fractions lie at least 100 such parts apart. NULL without a denominator. #}
{% macro exact_fraction(numerator, denominator) -%}
    case
        when ({{ denominator }}) > 0 then least(
            {{ whole_division(
                'cast((' ~ numerator ~ ') * 100 as bigint) * 10000000000',
                'cast((' ~ denominator ~ ') * 100 as bigint)'
            ) }},
            10000000000
        )
    end
{%- endmacro %}

{# True when done / minimum reaches lower_pct. Compared as a fraction: 79.996 percent prints as 80.00
   and is still below 80. #}
{% macro reaches_level(done, minimum, lower_pct) -%}
    (({{ done }}) * 100 >= ({{ lower_pct }}) * ({{ minimum }}))
{%- endmacro %}

{# An ordinance or a count over projects, of which some may wait for the listing that says it: what is known, but not a 0
   that is only of the others. It is NULL as well where nothing is known of any; of no projects it is 0. #}
{% macro known_of(amount, projects, waiting) -%}
    case when {{ projects }} = 0 then 0 when {{ amount }} <> 0 or {{ waiting }} = 0 then {{ amount }} end
{%- endmacro %}

{# What the ordinance gives a listing after transfers; blanks count as nothing. #}
{% macro ordinance_after_transfers(alias) -%}
    cast(
        coalesce({{ alias }}.budget_ordinance_baht, 0)
        + coalesce({{ alias }}.transfer_in_baht, 0)
        - coalesce({{ alias }}.transfer_out_baht, 0) as decimal(18, 2)
    )
{%- endmacro %}
