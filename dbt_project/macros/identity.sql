{# How lines, projects and cells are named. #}

{# Sorts 1.1.2 before 1.1.10. #}
{% macro listing_order(code) -%}
    concat(
        lpad(split_part({{ code }}, '.', 1), 4, '0'), '.',
        lpad(split_part({{ code }}, '.', 2), 4, '0'), '.',
        lpad(split_part({{ code }}, '.', 3), 4, '0')
    )
{%- endmacro %}

{# FY2566-12M:3920102:E003 for a project of the e-PlanNACC list, FY2566-12M:3920102:L1.2.5 for a listing
   that no project of the list claims. #}
{% macro project_id(round_key, lgo_code, eplan_seq, listing_code) -%}
    concat(
        {{ round_key }}, ':', {{ lgo_code }}, ':',
        case
            when {{ eplan_seq }} is null then concat('L', {{ listing_code }})
            when {{ eplan_seq }} < 1000 then concat('E', lpad(cast({{ eplan_seq }} as string), 3, '0'))
            else concat('E', cast({{ eplan_seq }} as string))
        end
    )
{%- endmacro %}

{# Names a division of a local government, however its forms write it (as_one_division). #}
{% macro division_id(alias) -%}
    concat({{ alias }}.lgo_code, ':', {{ as_one_division(alias) }})
{%- endmacro %}

{# Names one line of one file. #}
{% macro line_id(source, alias) -%}
    md5(concat(
        '{{ source }}|', {{ alias }}.round_key, '|', {{ alias }}.lgo_code, '|', {{ alias }}.source_sha256, '|',
        coalesce({{ alias }}.source_sheet, ''), '|', cast({{ alias }}.source_row as string)
    ))
{%- endmacro %}

{# G of G12. #}
{% macro cell_column(cell) -%}
    nullif(regexp_extract({{ cell }}, '^([A-Z]+)', 1), '')
{%- endmacro %}

{# 12 of G12. #}
{% macro cell_row(cell) -%}
    cast(nullif(regexp_extract({{ cell }}, '^[A-Z]+([0-9]+)', 1), '') as int)
{%- endmacro %}

{# The columns that say where a row comes from. #}
{% macro origin(alias) -%}
    {{ alias }}.source_file, {{ alias }}.source_sha256, {{ alias }}.source_sheet, {{ alias }}.source_row
{%- endmacro %}

{# Per kind: the fields of a line that have a cell of their own, which staging takes over and submission_change compares.
   A transfer stands inside another cell, so it has none; dimension and mission are written once for many rows and say
   nothing that the listing code does not. #}
{% macro cells_of_a_line() %}
    {{ return({
        'division_listing': [
            'listing_text', 'budget_plan_baht', 'budget_ordinance_baht', 'disbursed_baht', 'remaining_baht', 'no_budget',
            'completed', 'in_progress', 'unable', 'remark',
        ],
        'eplan_project': [
            'project_name', 'dimension_text', 'budget_plan_baht', 'disbursed_baht', 'awaiting_report', 'in_progress',
            'completed', 'unable', 'remark',
        ],
    }) }}
{% endmacro %}

{# A field of an accepted table: its value, its text as written, its cell. #}
{% macro as_read(fields, alias='r') -%}
    {%- for field in fields %}
    {{ alias }}.{{ field }}, {{ alias }}.{{ field }}_as_written, {{ alias }}.{{ field }}_cell
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
