{{ config(meta={'by_round': true}) }}

{%- set summary = figures_of_exports()['summary'] -%}
{%- set dimension = figures_of_exports()['dimension'] -%}
{#- status table: figure -> column of round_summary -#}
{%- set status = {
    'minimum_projects': 'minimum_projects', 'all_projects': 'initial_projects', 'in_ordinance': 'initial_in_ordinance',
    'in_progress': 'initial_in_progress', 'completed': 'initial_completed', 'unable': 'initial_unable',
    'implementation_pct': 'implementation_pct', 'implementation_level': 'implementation_level',
} -%}
{#- percent -> what it is a share of, and what the share is; of implementation the minimum is never 0 -#}
{%- set shares = {
    'disbursed_pct': ('budget_baht', 'disbursed_baht'), 'budget_pct': ('budget_plan_baht', 'disbursed_baht'),
    'project_pct': ('planned_projects', 'completed_projects'),
} -%}

-- Each table of the export is read once, for all its figures.
with eplan_summary as (
    select * from {{ rows_of_round(ref('stg_eplan_summary')) }}
),

eplan_dimension as (
    select * from {{ rows_of_round(ref('stg_eplan_dimension')) }}
    where dimension is not null
),

eplan_status as (
    select * from {{ rows_of_round(ref('stg_eplan_status')) }}
),

ranking as (
    select
        *,
        coalesce(lgo_code, concat(coalesce(lgo_name, ''), ' ', coalesce(district, ''))) as who
    from {{ rows_of_round(ref('int_ranking')) }}
),

ranking_number as (
    select
        *,
        min(who) over (partition by round_key, province_code, ranking_seq)
        = max(who) over (partition by round_key, province_code, ranking_seq)
        and min(ranking_seq) over (partition by round_key, province_code, who)
        = max(ranking_seq) over (partition by round_key, province_code, who) as is_own,
        row_number() over (
            partition by round_key, province_code
            order by source_file, source_sha256, table_number, ranking_seq, source_sheet, source_row
        ) as nth,
        row_number() over (
            partition by round_key, province_code, {{ ranked_lgo('ranking') }} order by {{ first_ranked('ranking') }}
        ) as place
    from ranking
),

-- Where every local government has a printed number of its own, its figures go by that. A table per district, each of
-- which begins with 1, or a copy in another order: by its code, and by number and name where the registry has none.
ranking_row as (
    select
        *,
        case
            when min(case when is_own then 1 else 0 end) over (partition by round_key, province_code) = 1
            then cast(ranking_seq as string)
            when lgo_code is not null then lgo_code
            else concat(cast(ranking_seq as string), ' ', who)
        end as row_name
    from ranking_number
),

-- Several rankings of a province have counts of their own: those of the second go by its number as well.
ranking_count as (
    select
        r.*,
        level.level_th,
        level.lower_pct,
        dense_rank() over (
            partition by r.round_key, r.province_code order by r.source_file, r.source_sha256, r.table_number
        ) as nth
    from {{ rows_of_round(ref('stg_ranking_count')) }} as r
    inner join {{ ref('dim_round') }} as round on r.round_key = round.round_key
    inner join {{ ref('implementation_level') }} as level
        on round.plan_period = level.plan_period and round.months = level.months and r.implementation_level = level.level
),

ranking_count_row as (
    select
        *,
        case
            when max(nth) over (partition by round_key, province_code) = 1 then level_th
            else concat(level_th, ' (ตารางที่ ', cast(nth as string), ' ', source_file, ' · ', source_sheet, ')')
        end as part,
        case when nth = 1 then level_th else concat(level_th, '.', cast(nth as string)) end as row_name
    from ranking_count
),

stated as (
    {% for field in summary %}
    select
        r.round_key, r.lgo_code, cast(null as string) as province_code, 'summary' as export, '{{ field }}' as field,
        cast(null as string) as part, 'summary.{{ field }}' as figure_id, {{ 10000 + loop.index }} as figure_order,
        cast(1 as bigint) as place,
        cast(r.{{ field }} as string) as published, r.{{ field }}_as_written as value_as_written,
        r.{{ field }}_cell as source_cell, {{ origin('r') }}
    from eplan_summary as r
    union all
    {% endfor %}
    {% for field in dimension %}
    select
        r.round_key, r.lgo_code, null, 'dimension', '{{ field }}',
        r.dimension, concat('dimension.', r.dimension, '.{{ field }}'),
        20000 + 100 * coalesce(try_cast(r.dimension as int), 99) + {{ loop.index }}, 1,
        cast(r.{{ field }} as string), r.{{ field }}_as_written, r.{{ field }}_cell, {{ origin('r') }}
    from eplan_dimension as r
    union all
    {% endfor %}
    {% for field in status %}
    select
        r.round_key, r.lgo_code, null, 'status', '{{ field }}',
        null, 'status.{{ field }}', {{ 30000 + loop.index }}, 1,
        cast(r.{{ field }} as string), r.{{ field }}_as_written, r.{{ field }}_cell, {{ origin('r') }}
    from eplan_status as r
    union all
    {% endfor %}
    {% for figure, field in {'percent': 'implementation_pct', 'level': 'implementation_level'}.items() %}
    select
        r.round_key, r.lgo_code, r.province_code, 'ranking', '{{ figure }}',
        r.lgo_name, concat('ranking.', r.row_name, '.{{ figure }}'),
        40000 + 10 * r.nth + {{ loop.index }}, r.place,
        cast(r.{{ field }} as string), r.{{ field }}_as_written, r.{{ field }}_cell, {{ origin('r') }}
    from ranking_row as r
    union all
    {% endfor %}
    select
        r.round_key, null, r.province_code, 'ranking', 'count',
        r.part, concat('ranking.count.', r.row_name), 90000 - cast(r.lower_pct as int), 1,
        cast(r.lgos as string), r.lgos_as_written, r.lgos_cell, {{ origin('r') }}
    from ranking_count_row as r
),

-- Two sheets of one file may hold the same table; the first one speaks. Of a local government that is in twice, the row
-- that counts in provincial_ranking.
figure as (
    select
        *,
        concat(round_key, ':', coalesce(province_code, lgo_code, ''), ':', figure_id) as figure_key
    from stated
    -- A blank cell states nothing.
    where published is not null or value_as_written is not null
    qualify row_number() over (
        partition by round_key, coalesce(province_code, lgo_code, ''), figure_id
        order by place, source_file, source_sha256, source_sheet, source_row
    ) = 1
),

own_level as (
    select
        figure.figure_key,
        case
            when figure.field = 'percent' then cast(summary.implementation_pct as string)
            else coalesce(summary.implementation_level, ranking.level_of_pct)
        end as computed
    from figure
    inner join ranking
        on figure.source_sha256 = ranking.source_sha256
        and figure.source_sheet = ranking.source_sheet
        and figure.source_row = ranking.source_row
        and figure.round_key = ranking.round_key
    left join {{ rows_of_round(ref('round_summary')) }} as summary
        on ranking.round_key = summary.round_key and ranking.lgo_code = summary.lgo_code
    where figure.field in ('percent', 'level')
),

computed as (
    {% for export, mart in {'summary': 'round_summary', 'dimension': 'dimension_summary', 'status': 'round_summary'}.items() %}
    {% for field in figures_of_exports()[export] %}
    {%- set column = status[field] if export == 'status' else field -%}
    {%- set whole, part = shares.get(column, (none, none)) -%}
    select
        concat(round_key, ':', lgo_code, ':{{ export }}.', {{ "dimension, '.', " if export == 'dimension' }}'{{ field }}') as figure_key,
        {% if whole -%}
        -- As the export prints it: 0.00 of nothing of nothing.
        case when {{ whole }} = 0 and {{ part }} = 0 then '0.00' else cast({{ column }} as string) end as computed,
        {{ whole }} = 0 as is_share_of_nothing
        {%- else -%}
        cast({{ column }} as string) as computed, false as is_share_of_nothing
        {%- endif %}
    from {{ rows_of_round(ref(mart)) }}
    union all
    {% endfor %}
    {% endfor %}
    select figure_key, computed, false from own_level
    union all
    -- A count is one of the rows above it: of its own table, each local government once.
    select figure.figure_key, cast(count(distinct ranking.who) as string), false
    from figure
    inner join ranking_count as counted
        on figure.round_key = counted.round_key
        and figure.source_sha256 = counted.source_sha256
        and figure.source_sheet = counted.source_sheet
        and figure.source_row = counted.source_row
    left join ranking
        on counted.round_key = ranking.round_key
        and counted.source_sha256 = ranking.source_sha256
        and counted.table_number = ranking.table_number
        and counted.implementation_level = ranking.level_of_pct
    where figure.field = 'count'
    group by figure.figure_key
),

compared as (
    select
        figure.*,
        computed.computed,
        coalesce(computed.is_share_of_nothing, false) as is_share_of_nothing,
        case
            when computed.computed is not null then figure.published = computed.computed
            when computed.is_share_of_nothing and figure.published <> '0.00' then false
        end as agrees,
        words.unit,
        words.section,
        words.label,
        words.label_th,
        words.method_th,
        stated_level.level_th as published_level_th,
        computed_level.level_th as computed_level_th,
        ranking.is_whole_projects,
        ranking.is_capped,
        ranking.nearest_projects,
        ranking.minimum_projects,
        ranking.left_out_by,
        difference.words_th,
        difference.words_en
    from figure
    inner join {{ ref('figure') }} as words on figure.export = words.export and figure.field = words.field
    inner join {{ ref('dim_round') }} as round on figure.round_key = round.round_key
    left join computed on figure.figure_key = computed.figure_key
    -- No condition on the left side alone: DuckDB hashes equalities, and tries every pair of rows for anything else.
    left join {{ ref('implementation_level') }} as stated_level
        on round.plan_period = stated_level.plan_period and round.months = stated_level.months
        and case when words.unit = 'level' then figure.published end = stated_level.level
    left join {{ ref('implementation_level') }} as computed_level
        on round.plan_period = computed_level.plan_period and round.months = computed_level.months
        and case when words.unit = 'level' then computed.computed end = computed_level.level
    left join ranking
        on case when figure.field in ('percent', 'level') then figure.round_key end = ranking.round_key
        and figure.source_sha256 = ranking.source_sha256
        and figure.source_sheet = ranking.source_sheet
        and figure.source_row = ranking.source_row
    left join {{ rows_of_round(ref('int_figure_difference')) }} as difference
        on figure.round_key = difference.round_key
        and figure.lgo_code = difference.lgo_code
        and figure.export = difference.export
        and figure.field = difference.field
        and coalesce(figure.part, 'total') = difference.part
)

select
    figure_key,
    round_key,
    lgo_code,
    province_code,
    figure_id,
    cast(figure_order as int) as figure_order,
    section,
    replace(label, '{part}', coalesce(part, '')) as label,
    replace(replace(label_th, 'มิติ {part}', case when part = 'total' then 'รวมทุกมิติ' else 'มิติ {part}' end),
        '{part}', coalesce(part, '')) as label_th,
    unit,
    -- A level keeps the word of the export (กลาง for ปานกลาง); a sentence around it is left out.
    case
        when unit <> 'level' then published
        when published_level_th like concat('%', trim(value_as_written)) then trim(value_as_written)
        else published_level_th
    end as published_value,
    value_as_written,
    case when unit = 'level' then computed_level_th else computed end as computed_value,
    agrees,
    concat(case
        when published is null then 'อ่านค่าที่เอกสารระบุไม่ได้'
        when is_share_of_nothing and computed is not null then 'ไม่มีทั้งตัวตั้งและตัวหาร ซึ่ง e-PlanNACC พิมพ์เป็น 0.00'
        when is_share_of_nothing then 'ไม่มีงบประมาณแต่มีการเบิกจ่าย จึงคำนวณร้อยละไม่ได้'
        when agrees then method_th
        when words_th is not null then words_th
        when computed is not null then concat('ไม่ตรงกับค่าที่คำนวณได้ วิธีคำนวณ: ', method_th)
        when field = 'percent' and minimum_projects is null then 'ไม่ทราบจำนวนโครงการขั้นต่ำ จึงตรวจสอบไม่ได้'
        when field = 'percent' and is_capped then concat(
            'มากกว่าขั้นต่ำ ', cast(minimum_projects as string), ' โครงการ จึงแสดงไม่เกินร้อยละ 100'
        )
        when field = 'percent' and is_whole_projects then concat(
            cast(nearest_projects as string), '/', cast(minimum_projects as string), ' โครงการ'
        )
        when field = 'percent' then concat(
            'ไม่ตรงกับจำนวนโครงการเต็มจำนวนใดเมื่อเทียบกับขั้นต่ำ ', cast(minimum_projects as string), ' โครงการ'
        )
        else 'ยังไม่มีข้อมูลที่ใช้คำนวณ'
    end, case
        when left_out_by is not null
        then concat(' (แฟ้ม ', left_out_by, ' ซึ่งได้รับภายหลัง ไม่มีแถวที่ใช้ได้ของ อปท. นี้ จึงยังใช้แถวเดิม)')
        else ''
    end) as explanation,
    concat(case
        when published is null then 'The value of the export cannot be read.'
        when is_share_of_nothing and computed is not null then 'Nothing of nothing, of which e-PlanNACC prints 0.00.'
        when is_share_of_nothing then 'There is no budget, yet money was disbursed: no percent can be computed.'
        when agrees then 'Computed from the data; agrees.'
        when words_en is not null then words_en
        when computed is not null then 'Does not agree with what the data give.'
        when field = 'percent' and minimum_projects is null then 'The NACC minimum is not known, so it cannot be checked.'
        when field = 'percent' and is_capped then concat(
            'More than the minimum of ', cast(minimum_projects as string), ', capped at 100.'
        )
        when field = 'percent' and is_whole_projects then concat(
            cast(nearest_projects as string), '/', cast(minimum_projects as string), ' projects'
        )
        when field = 'percent' then concat(
            'No whole number of projects over the minimum of ', cast(minimum_projects as string), '.'
        )
        else 'The data to compute it from are not here.'
    end, case
        when left_out_by is not null
        then concat(' (', left_out_by, ', received later, has no row of it that can be used: this older one stands.)')
        else ''
    end) as explanation_en,
    source_file,
    source_sha256,
    source_sheet,
    -- The sentences of a summary are one row to the reader, each in a row of its own.
    coalesce({{ cell_row('source_cell') }}, source_row) as source_row,
    {{ cell_column('source_cell') }} as source_column,
    source_cell
from compared
order by round_key, figure_order, figure_key
