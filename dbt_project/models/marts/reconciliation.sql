{{ config(meta={'by_round': true}) }}

with difference as (
    {% for rule in difference_rules() %}
    select {{ difference_names() | join(', ') }} from {{ ref('rule_' ~ rule) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    md5(concat(
        d.rule, '|', d.round_key, '|', d.lgo_code, '|', coalesce(d.project_id, ''), '|', coalesce(d.listing_code, ''), '|',
        d.measure, '|', coalesce(d.division_source_file, ''), '|', coalesce(d.division_cell, ''), '|',
        coalesce(d.eplan_source_file, ''), '|', coalesce(d.eplan_cell, '')
    )) as reconciliation_id,
    d.rule,
    rule.severity,
    rule.title_th,
    d.round_key,
    d.lgo_code,
    d.project_id,
    d.listing_code,
    d.eplan_seq,
    d.measure,
    d.division,
    d.division_value,
    d.eplan_value,
    d.difference_baht,
    {{ message('rule.message_th', 'th', 'd') }} as message_th,
    {{ message('rule.message_en', 'en', 'd') }} as message_en,
    d.division_source_file,
    d.division_source_sha256,
    d.division_source_sheet,
    d.division_source_row,
    {{ cell_column('d.division_cell') }} as division_source_column,
    d.division_cell,
    d.division_value_as_written,
    d.eplan_source_file,
    d.eplan_source_sha256,
    d.eplan_source_sheet,
    d.eplan_source_row,
    {{ cell_column('d.eplan_cell') }} as eplan_source_column,
    d.eplan_cell,
    d.eplan_value_as_written
from difference as d
inner join {{ ref('finding_rule') }} as rule on d.rule = rule.rule
where {{ of_round('d.round_key') }}
order by d.round_key, d.lgo_code, d.rule, d.eplan_seq, d.listing_code, reconciliation_id
