{%- set exports = figures_of_exports() -%}
{%- set shown = "case when c.unit = 'baht' then " ~ format_baht('try_cast(VALUE as decimal(18, 2))') ~ " else VALUE end" -%}
{%- set shown_th = "coalesce(LEVEL, " ~ shown ~ ")" -%}
{%- set columns = cell_of('c', 'c.cell', 'c.as_written') -%}
{#- The sentences of a summary are one row to the reader, each in a row of its own. -#}
{%- do columns.update({
    'rule': "'figure_stated_twice'",
    'source_row': 'coalesce(' ~ cell_row('c.cell') ~ ', c.source_row)',
    'subject_key': "concat(c.export, '.', c.field, '|', c.who, '|', coalesce(c.part, ''))",
    'subject_th': "concat(c.section, ' · ', replace(replace(c.label_th, 'มิติ {part}', "
        ~ "case when c.part = 'total' then 'รวมทุกมิติ' else 'มิติ {part}' end), '{part}', coalesce(c.part, '')))",
    'subject_en': "concat('Figure ', c.export, '.', case when c.part is null then '' else concat(c.part, '.') end, c.field)",
    'found_th': shown_th | replace('LEVEL', 'level.level_th') | replace('VALUE', 'c.value'),
    'found_en': shown | replace('VALUE', 'c.value'),
    'expected_th': shown_th | replace('LEVEL', 'first_level.level_th') | replace('VALUE', 'c.first_value'),
    'expected_en': shown | replace('VALUE', 'c.first_value'),
    'detail_th': "concat('แผ่นงาน ', coalesce(c.first_sheet, '-'), ' ช่อง ', coalesce(c.first_cell, '-'))",
    'detail_en': "concat('sheet ', coalesce(c.first_sheet, '-'), ', cell ', coalesce(c.first_cell, '-'))",
}) -%}

-- What stands in one file more than once: a second sheet of the same table, a local government in two rows of a ranking.
-- The first one is that of published_figure and provincial_ranking.
with
{% for export in exports -%}
{%- set thing = 'round_key, lgo_code' ~ (', dimension' if export == 'dimension' else '') -%}
again_{{ export }} as (
    select
        *,
        row_number() over (
            partition by {{ thing }} order by source_file, source_sha256, source_sheet, source_row
        ) as nth
    from {{ ref('stg_eplan_' ~ export) }}
    qualify count(*) over (partition by {{ thing }}) > 1
),

{% endfor -%}
ranked as (
    select r.*, concat(coalesce(r.province_code, ''), ':', {{ ranked_lgo('r') }}) as who
    from {{ ref('stg_ranking') }} as r
),

again_ranked as (
    select
        *,
        row_number() over (
            partition by ranked.round_key, ranked.who order by {{ first_ranked('ranked') }}
        ) as nth
    from ranked
    qualify count(*) over (partition by round_key, who) > 1
),

said as (
    {% for export, fields in exports.items() -%}
    {% for field in fields -%}
    select
        round_key, lgo_code, lgo_code as who, '{{ export }}' as export, '{{ field }}' as field,
        {{ 'dimension' if export == 'dimension' else 'cast(null as string)' }} as part, nth,
        cast({{ field }} as string) as value, {{ field }}_as_written as as_written, {{ field }}_cell as cell,
        {{ origin('again_' ~ export) }}
    from again_{{ export }}
    union all
    {% endfor -%}
    {% endfor -%}
    {% for name, field in {'percent': 'implementation_pct', 'level': 'implementation_level'}.items() -%}
    select
        round_key, lgo_code, who, 'ranking', '{{ name }}', lgo_name, nth,
        cast({{ field }} as string), {{ field }}_as_written, {{ field }}_cell, {{ origin('again_ranked') }}
    from again_ranked
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

{% set of_figure = 'over (partition by round_key, who, export, field, case when export = \'dimension\' then part end order by nth)' -%}
beside as (
    select
        *,
        first_value(value) {{ of_figure }} as first_value,
        first_value(source_sheet) {{ of_figure }} as first_sheet,
        first_value(cell) {{ of_figure }} as first_cell
    from said
    where value is not null
),

contradicted as (
    select beside.*, words.section, words.label_th, words.unit
    from beside
    inner join {{ ref('figure') }} as words on beside.export = words.export and beside.field = words.field
    where beside.value <> beside.first_value
)

select {{ finding_columns(columns) }}
from contradicted as c
inner join {{ ref('dim_round') }} as round on c.round_key = round.round_key
left join {{ ref('implementation_level') }} as level
    on round.plan_period = level.plan_period and round.months = level.months and c.value = level.level
left join {{ ref('implementation_level') }} as first_level
    on round.plan_period = first_level.plan_period and round.months = first_level.months
    and c.first_value = first_level.level
