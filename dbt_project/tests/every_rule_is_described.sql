{{ config(meta={'description': 'ทุกกฎที่อาจปรากฏในผลต้องมีคำอธิบายใน finding_rule / Every rule that may be said is described in finding_rule.'}) }}
-- A rule that finding_rule.csv does not name would drop out of the marts without a word.
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

select rule.rule
from rule
left join {{ ref('finding_rule') }} as described on rule.rule = described.rule and rule.mart = described.mart
where described.rule is null
