{{ config(meta={'description': 'ทุกกฎต้องมีชื่อใน macros/rules.sql และมีคำอธิบายใน finding_rule.csv / Every rule is named in macros/rules.sql and described in finding_rule.csv.'}) }}
-- A rule that one of the two lacks would be missing in the marts without a word.
with rule as (
    {% for name in difference_rules() %}
    select '{{ name }}' as rule, 'reconciliation' as mart
    union all
    {% endfor %}
    {% for model in finding_rules() %}
    {% set model_loop = loop %}
    {% for name in rules_said_by(model) %}
    select '{{ name }}' as rule, 'finding' as mart
    {% if not (model_loop.last and loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}
)

select
    coalesce(rule.rule, described.rule) as rule,
    case when rule.rule is null then 'macros/rules.sql' else 'finding_rule.csv' end as missing_in
from rule
full join {{ ref('finding_rule') }} as described on rule.rule = described.rule and rule.mart = described.mart
where rule.rule is null or described.rule is null
