{# The corrections register: what may be corrected, and the one way in which it is done. #}

{# Per side: the figures that a reviewed correction may replace. #}
{% macro correctable() %}
    {{ return({
        'division': ['budget_plan_baht', 'budget_ordinance_baht', 'disbursed_baht', 'remaining_baht', 'status'],
        'eplan': ['budget_plan_baht', 'disbursed_baht', 'status'],
    }) }}
{% endmacro %}

{# An applied correction per line of the source, its fields beside each other: from ... as fix. #}
{% macro corrections_of(side) -%}
    select
        round_key, target_sha256, target_sheet, target_row,
        {% for field in correctable()[side] -%}
        max(case when field = '{{ field }}' then 1 else 0 end) as has_{{ field }},
        max(case when field = '{{ field }}' then new_value end) as {{ field }},
        {% endfor -%}
        {{ string_list('field', 'field') }} as corrected_fields,
        {{ string_list('decided_by', 'field') }} as corrected_by
    from {{ ref('stg_correction') }}
    where outcome = 'applied' and side = '{{ side }}'
    group by round_key, target_sha256, target_sheet, target_row
{%- endmacro %}

{% macro join_corrections(side) -%}
    left join ({{ corrections_of(side) }}) as fix
        on r.round_key = fix.round_key
        and r.source_sha256 = fix.target_sha256
        and r.source_sheet = fix.target_sheet
        and r.source_row = fix.target_row
{%- endmacro %}

{# A figure after correction; its text and cell stay as they came. #}
{% macro corrected(field) -%}
    {%- if field == 'status' -%}
    case when fix.has_status = 1 then fix.status else r.status end as status
    {%- else -%}
    case when fix.has_{{ field }} = 1 then cast(fix.{{ field }} as decimal(18, 2)) else r.{{ field }} end as {{ field }},
    r.{{ field }}_as_written, r.{{ field }}_cell
    {%- endif -%}
{%- endmacro %}

{# True where row a of a register was decided after row b, or where its day cannot be read: then nobody knows that it
   was not. Of two rows of one day the later file counts, then the later row. #}
{% macro is_later_correction(a, b) -%}
    (
        {{ a }}.decided_on is null
        or {{ a }}.decided_on > {{ b }}.decided_on
        or (
            {{ a }}.decided_on = {{ b }}.decided_on
            and (
                {{ a }}.arrival_id > {{ b }}.arrival_id
                or ({{ a }}.arrival_id = {{ b }}.arrival_id and {{ a }}.source_row > {{ b }}.source_row)
            )
        )
    )
{%- endmacro %}

{# What the rules about corrections say of one: "from correction c". #}
{% macro correction_finding(rule, given) -%}
    {%- set columns = {
        'rule': "'" ~ rule ~ "'",
        'round_key': 'c.round_key', 'lgo_code': 'c.lgo_code', 'division': 'c.division',
        'subject_key': 'c.correction_id',
        'listing_code': "case when c.side = 'division' then c.what end",
        'eplan_seq': "case when c.side = 'eplan' then cast(c.what as int) end",
        'source_file': 'c.source_file', 'source_sha256': 'c.source_sha256', 'source_sheet': 'c.source_sheet',
        'source_row': 'c.source_row', 'source_cell': 'c.old_value_cell', 'value_as_written': 'c.old_value',
        'subject_th': "concat(case when c.side = 'division' then 'รายการ ' else 'โครงการที่ ' end, c.what, ' ', c.field)",
        'subject_en': "concat(case when c.side = 'division' then 'Listing ' else 'Project ' end, c.what, ' ', c.field)",
        'found_th': "coalesce(c.found_value, 'ว่าง')", 'found_en': "coalesce(c.found_value, 'nothing')",
    } -%}
    {%- do columns.update(given) -%}
    {{ finding_columns(columns) }}
{%- endmacro %}
