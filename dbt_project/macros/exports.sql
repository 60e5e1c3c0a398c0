{# The figures of the three tables that e-PlanNACC prints beside its list: table -> columns of stg_eplan_<table>. #}
{% macro figures_of_exports() -%}
    {{ return({
        'summary': [
            'initial_projects', 'awaiting_report', 'in_progress', 'completed', 'unable', 'disbursed_baht', 'disbursed_pct',
            'implementation_level', 'implementation_pct',
        ],
        'dimension': [
            'planned_projects', 'completed_projects', 'budget_plan_baht', 'budget_ordinance_baht', 'disbursed_baht',
            'project_pct', 'budget_pct',
        ],
        'status': [
            'minimum_projects', 'all_projects', 'in_ordinance', 'in_progress', 'completed', 'unable', 'implementation_pct',
            'implementation_level',
        ],
    }) }}
{%- endmacro %}
