{# The rules behind marts.reconciliation; each is a model rule_<name>. #}
{% macro difference_rules() %}
    {{ return([
        'budget_plan_differs', 'disbursed_differs', 'status_differs', 'dimension_differs', 'unreported_listing',
        'unlisted_project',
    ]) }}
{% endmacro %}

{# The models rule_<name> behind marts.finding. A model says the rule of its name, or those that its yml
   names (config: meta: rules) where several share everything but their words. #}
{% macro finding_rules() %}
    {{ return([
        'remaining_arithmetic', 'same_money_twice', 'overspend', 'overspend_ordinance', 'no_budget_mark',
        'completed_without_disbursement', 'in_progress_at_year_end', 'went_back',
        'listing_contradiction', 'project_in_parts', 'listing_repeated', 'listing_code_contradicts_dimension',
        'listing_code_contradicts_mission', 'listing_code_unknown',
        'match_proposed', 'crosswalk_unknown', 'crosswalk_stale', 'crosswalk_contradicts_itself', 'minimum_unknown',
        'published_figure_differs', 'figure_stated_twice',
        'ranking_percent_not_whole', 'ranking_level_differs', 'ranking_lgo_unknown', 'file_quarantined',
        'row_quarantined', 'repaired_cell', 'unrecognised_rows', 'expectation_failed',
        'listing_withdrawn', 'correction_stale', 'correction_expired', 'correction_held',
        'figure_withdrawn_by_refusal', 'submissions_conflict',
    ]) }}
{% endmacro %}

{# The rules that the model rule_<name> says. #}
{% macro rules_said_by(name) %}
    {%- if execute -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.rule_' ~ name].config.meta.get('rules', [name])) }}
    {%- endif -%}
    {{ return([name]) }}
{% endmacro %}

{# What every rule over a pair of a listing and a project says about it. #}
{% macro difference_columns(alias) -%}
    {%- set p = alias -%}
    {{ p }}.round_key, {{ p }}.lgo_code, {{ p }}.project_id, {{ p }}.listing_code, {{ p }}.eplan_seq, {{ p }}.measure,
    {{ p }}.division, {{ p }}.division_value, {{ p }}.eplan_value,
    {% for side in ['division', 'eplan'] -%}
    {{ p }}.{{ side }}_source_file, {{ p }}.{{ side }}_source_sha256, {{ p }}.{{ side }}_source_sheet,
    {{ p }}.{{ side }}_source_row, {{ p }}.{{ side }}_cell, {{ p }}.{{ side }}_value_as_written,
    {% endfor -%}
    concat('โครงการที่ ', cast({{ p }}.eplan_seq as string), ' ', coalesce({{ p }}.project_name, '')) as subject_th,
    concat('Project ', cast({{ p }}.eplan_seq as string)) as subject_en,
    concat('รายการ ', {{ p }}.listing_codes, coalesce(concat(' ', {{ p }}.division), '')) as detail_th,
    concat('listing ', {{ p }}.listing_codes) as detail_en
{%- endmacro %}

{# The columns of reconciliation rules, in the order in which they are put together. #}
{% macro difference_names() %}
    {{ return([
        'rule', 'round_key', 'lgo_code', 'project_id', 'listing_code', 'eplan_seq', 'measure', 'division',
        'division_value', 'eplan_value', 'difference_baht',
        'division_source_file', 'division_source_sha256', 'division_source_sheet', 'division_source_row',
        'division_cell', 'division_value_as_written',
        'eplan_source_file', 'eplan_source_sha256', 'eplan_source_sheet', 'eplan_source_row',
        'eplan_cell', 'eplan_value_as_written',
        'subject_th', 'subject_en', 'found_th', 'found_en', 'expected_th', 'expected_en', 'detail_th', 'detail_en',
    ]) }}
{% endmacro %}

{# The columns of finding rules, in the order in which they are put together. subject_key names the thing
   that is at fault and never changes between runs; the rest says it in words. #}
{% macro finding_names() %}
    {{ return([
        'rule', 'round_key', 'lgo_code', 'division', 'subject_key', 'project_id', 'listing_code', 'eplan_seq',
        'source_file', 'source_sha256', 'source_sheet', 'source_row', 'source_cell', 'value_as_written',
        'subject_th', 'subject_en', 'found_th', 'found_en', 'expected_th', 'expected_en', 'detail_th', 'detail_en',
    ]) }}
{% endmacro %}

{# The columns of a finding rule: those given as a map of name to SQL, NULL for the others. #}
{% macro finding_columns(given) -%}
    {%- for name in finding_names() %}
    {%- if name in given %}
    {{ given[name] }} as {{ name }}
    {%- elif name in ['source_row', 'eplan_seq'] %}
    cast(null as int) as {{ name }}
    {%- else %}
    cast(null as string) as {{ name }}
    {%- endif %}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{# The line of a form or of the list that a finding is about, in words: รายการ 1.1.2 … or โครงการที่ 3 …;
   alias has source, listing_code, eplan_seq and name_as_listed. #}
{% macro line_words_th(alias) -%}
    concat(
        case when {{ alias }}.source = 'division' then concat('รายการ ', {{ alias }}.listing_code)
        else concat('โครงการที่ ', cast({{ alias }}.eplan_seq as string)) end, ' ', coalesce({{ alias }}.name_as_listed, '')
    )
{%- endmacro %}
{% macro line_words_en(alias) -%}
    case when {{ alias }}.source = 'division' then concat('Listing ', {{ alias }}.listing_code)
    else concat('Project ', cast({{ alias }}.eplan_seq as string)) end
{%- endmacro %}

{# The source columns of a row, for finding_columns. #}
{% macro cell_of(alias, cell, value_as_written) %}
    {{ return({
        'round_key': alias ~ '.round_key', 'lgo_code': alias ~ '.lgo_code',
        'source_file': alias ~ '.source_file', 'source_sha256': alias ~ '.source_sha256',
        'source_sheet': alias ~ '.source_sheet', 'source_row': alias ~ '.source_row',
        'source_cell': cell, 'value_as_written': value_as_written,
    }) }}
{% endmacro %}

{# An amount that differs between the two sides: one row per project and distinct value of the divisions. #}
{% macro money_differs(rule, measure) -%}
select
    '{{ rule }}' as rule,
    {{ difference_columns('p') }},
    cast(p.eplan_amount_baht - p.division_amount_baht as decimal(18, 2)) as difference_baht,
    {{ format_baht('p.eplan_amount_baht') }} as found_th,
    {{ format_baht('p.eplan_amount_baht') }} as found_en,
    {{ format_baht('p.division_amount_baht') }} as expected_th,
    {{ format_baht('p.division_amount_baht') }} as expected_en
from {{ ref('int_measure_pair') }} as p
where p.measure = '{{ measure }}' and not p.agrees
qualify row_number() over (
    partition by p.project_id, p.division_amount_baht order by p.listing_order, p.listing_code
) = 1
{%- endmacro %}

{% macro code_contradicts(what, words, stated) -%}
{#- Division lines whose `what` by their code is not the number at the head of the heading that they stand under.

    what: dimension or mission, a column of fct_budget; the heading is the form's column of that name with _name.
    words: (Thai, English) for it. stated: pattern whose first group is the number, digits being Arabic. -#}
{%- set columns = cell_of('b', 'l.listing_text_cell', 'l.listing_text_as_written') -%}
{%- do columns.update({
    'rule': "'listing_code_contradicts_" ~ what ~ "'",
    'division': 'b.division',
    'subject_key': 'b.listing_code',
    'project_id': 'b.project_id',
    'listing_code': 'b.listing_code',
    'subject_th': line_words_th('b'),
    'subject_en': line_words_en('b'),
    'found_th': "concat('" ~ words[0] ~ " ', b." ~ what ~ ")",
    'found_en': "concat('" ~ words[1] ~ " ', b." ~ what ~ ")",
    'expected_th': "concat('" ~ words[0] ~ " ', l.stated)",
    'expected_en': "concat('" ~ words[1] ~ " ', l.stated)",
    'detail_th': 'l.' ~ what ~ '_name',
    'detail_en': 'l.' ~ what ~ '_name',
}) -%}
with l as (
    select
        *,
        nullif(
            regexp_extract(translate({{ what }}_name, '๐๑๒๓๔๕๖๗๘๙', '0123456789'), '{{ stated }}', 1), ''
        ) as stated
    from {{ ref('stg_division_listing') }}
)

select {{ finding_columns(columns) }}
from {{ ref('fct_budget') }} as b
inner join l
    on b.round_key = l.round_key
    and b.source_sha256 = l.source_sha256
    and b.source_sheet = l.source_sheet
    and b.source_row = l.source_row
where b.source = 'division' and l.stated <> b.{{ what }}
{%- endmacro %}
