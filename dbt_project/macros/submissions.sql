{# Which rows of the accepted files count. #}

{# Per kind: what a newer submission replaces. #}
{% macro submission_kinds() %}
    {{ return({
        'division_listing': 'division',
        'eplan_project': 'lgo',
        'eplan_summary': 'lgo',
        'eplan_dimension': 'lgo',
        'eplan_status': 'lgo',
        'ranking': 'ranked',
        'ranking_count': 'table',
        'crosswalk': 'lgo',
        'correction': 'file',
    }) }}
{% endmacro %}

{# The slot of a row: LGO and division, LGO, the LGO that a row of a ranking names, the ranking of a file that a count
   stands below, or the file's name (several registers of corrections hold beside each other, and a newer one of the
   same name replaces the older). Rows of a newer submission in the same round, kind and slot replace it. #}
{% macro submission_slot(kind, alias) -%}
    {%- set slot = submission_kinds()[kind] -%}
    {%- if slot == 'ranked' -%}
        case
            when {{ alias }}.lgo_code is not null then concat(coalesce({{ alias }}.province_code, ''), ':', {{ alias }}.lgo_code)
            else {{ district_slot(alias) }}
        end
    {%- elif slot == 'table' -%} concat({{ alias }}.source_sha256, ':', cast({{ table_number(alias) }} as string))
    {%- elif slot == 'file' -%} {{ alias }}.source_file
    {%- elif slot == 'division' -%} concat(coalesce({{ alias }}.lgo_code, ''), ':', coalesce({{ as_one_division(alias) }}, ''))
    {%- else -%} coalesce({{ alias }}.lgo_code, '')
    {%- endif -%}
{%- endmacro %}

{# A division however its name is written: in Thai spaces part no words, and the clerk's office goes with or without the
   kind of its local government (as_one in orchestration/divisions.py, for what is not asked of the warehouse). #}
{% macro as_one_division(alias) -%}
    {%- set name = "replace(" ~ alias ~ ".division, ' ', '')" -%}
    case when {{ name }} in ('{{ clerks_office_names() | join("', '") }}') then 'สำนักปลัด' else {{ name }} end
{%- endmacro %}

{% macro clerks_office_names() %}
    {%- set names = [] -%}
    {%- for begin in ['สำนักปลัด', 'สำนักงานปลัด'] -%}
        {%- for of in ['', 'เทศบาล', 'องค์การบริหารส่วนตำบล', 'องค์การบริหารส่วนจังหวัด', 'อบต.', 'อบต', 'อบจ.', 'อบจ'] -%}
            {%- do names.append(begin ~ of) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}

{# Which ranking of its file a row stands in; rows that an earlier version read do not say, and are of the first. #}
{% macro table_number(alias) %}coalesce({{ alias }}.table_number, 1){% endmacro %}

{# The slot of the rows of a ranking whose name is not in the registry: only the next export of their district can tell
   whether a name has been put right. #}
{% macro district_slot(alias) -%}
    concat(coalesce({{ alias }}.province_code, ''), ':', coalesce({{ alias }}.district, ''))
{%- endmacro %}

{# Whom a row of a ranking is about, within its province; a name that the registry does not have in its district. #}
{% macro ranked_lgo(alias) -%}
    coalesce(
        {{ alias }}.lgo_code,
        concat(coalesce({{ alias }}.lgo_name, ''), '|', coalesce({{ alias }}.district, {{ alias }}.lgo_name_cell))
    )
{%- endmacro %}

{# Of several rows about one local government the first counts that has a percent, in the order of reading. #}
{% macro first_ranked(alias) -%}
    case when {{ alias }}.implementation_pct is null then 1 else 0 end, {{ alias }}.table_number, {{ alias }}.ranking_seq,
    {{ alias }}.source_file, {{ alias }}.source_sha256, {{ alias }}.source_sheet, {{ alias }}.source_row
{%- endmacro %}

{# The slot of a register that has no rows, from its line in the ledger. #}
{% macro emptied_slot(kind, alias) -%}
    case when {{ kind }} = 'correction' then {{ alias }}.source_file else coalesce({{ alias }}.lgo_code, '') end
{%- endmacro %}

{# "from accepted r" restricted to current submissions. #}
{% macro current_rows(kind) -%}
    {{ source('accepted', kind) }} as r
    inner join {{ ref('stg_submission_part') }} as part
        on part.kind = '{{ kind }}' and part.is_current
        and part.round_key = r.round_key and part.source_sha256 = r.source_sha256
        and part.slot = {{ submission_slot(kind, 'r') }}
{%- endmacro %}

{# "from accepted r" restricted to files that no later file replaces, whether or not they were accepted. #}
{% macro rows_of_standing_files(kind) -%}
    {{ source('accepted', kind) }} as r
    inner join {{ ref('stg_submission') }} as f
        on f.round_key = r.round_key and f.source_sha256 = r.source_sha256
        and f.is_latest_arrival and f.superseded_by is null
{%- endmacro %}
