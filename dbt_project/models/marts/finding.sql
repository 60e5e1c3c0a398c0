with fault as (
    {% for rule in finding_rules() %}
    select {{ finding_names() | join(', ') }} from {{ ref('rule_' ~ rule) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

-- The id is made of what is at fault and where, so the same fault keeps it from one build to the next.
select
    md5(concat(
        f.rule, '|', f.round_key, '|', coalesce(f.lgo_code, ''), '|', coalesce(f.subject_key, ''), '|',
        coalesce(f.source_file, ''), '|', coalesce(f.source_sheet, ''), '|',
        coalesce(cast(f.source_row as string), ''), '|', coalesce(f.source_cell, '')
    )) as finding_id,
    f.rule,
    rule.severity,
    rule.title_th,
    rule.title_en,
    f.round_key,
    f.lgo_code,
    f.division,
    f.project_id,
    f.listing_code,
    f.eplan_seq,
    {{ message('rule.message_th', 'th', 'f') }} as message_th,
    {{ message('rule.message_en', 'en', 'f') }} as message_en,
    f.source_file,
    f.source_sha256,
    f.source_sheet,
    f.source_row,
    {{ cell_column('f.source_cell') }} as source_column,
    f.source_cell,
    f.value_as_written,
    f.expected_th
from fault as f
inner join {{ ref('finding_rule') }} as rule on f.rule = rule.rule
-- A reader may report the same thing of the same cell twice; it is one finding.
qualify row_number() over (
    partition by
        f.rule, f.round_key, coalesce(f.lgo_code, ''), coalesce(f.subject_key, ''), coalesce(f.source_file, ''),
        coalesce(f.source_sheet, ''), coalesce(f.source_row, 0), coalesce(f.source_cell, '')
    order by f.source_sha256, f.division nulls last, f.value_as_written nulls last, f.detail_th nulls last
) = 1
order by f.round_key, f.lgo_code, f.rule, f.eplan_seq, f.source_file, f.source_sheet, f.source_row, finding_id
