{#- Figures of two exports that state the same thing: one, the other, where the other stands. -#}
{%- set same = [
    ('status.all_projects', 'summary.initial_projects'), ('dimension.total.planned_projects', 'summary.initial_projects'),
    ('dimension.total.planned_projects', 'status.all_projects'),
    ('dimension.total.completed_projects', 'status.completed'),
    ('status.implementation_pct', 'summary.implementation_pct'), ('ranking.percent', 'summary.implementation_pct'),
    ('ranking.percent', 'status.implementation_pct'),
] -%}
{%- set tables = {
    'summary': ('ตารางสรุปผล', 'the summary'), 'status': ('ตารางสถานะ', 'the status table'),
} -%}
{%- set columns = cell_of('f', 'f.source_cell', 'f.value_as_written') -%}
{%- set shown = "case when f.unit = 'baht' then " ~ format_baht('try_cast(VALUE as decimal(18, 2))') ~ " else VALUE end" -%}
{%- do columns.update({
    'rule': "case when said.is_open then 'export_figure_open' when f.figure_id like 'ranking.count.%' then 'ranking_count_differs' when f.figure_id like 'ranking.%' "
        ~ "then 'ranking_percent_differs' else concat('export_', split_part(f.figure_id, '.', 1), '_differs') end",
    'subject_key': 'f.figure_key',
    'subject_th': "concat(f.section, ' · ', f.label_th)",
    'subject_en': "concat('Figure ', f.figure_id)",
    'found_th': shown | replace('VALUE', 'f.published_value'),
    'found_en': shown | replace('VALUE', 'f.published_value'),
    'expected_th': shown | replace('VALUE', 'said.expected'),
    'expected_en': shown | replace('VALUE', 'said.expected'),
    'detail_th': "concat(case when said.detail_th is null then '' else concat('(', said.detail_th, ')') end, said.reasons_th)",
    'detail_en': "concat(coalesce(said.detail_en, ''), said.reasons_en)",
}) -%}

with figure as (
    select
        *,
        case
            when figure_id like 'ranking.%.percent' then 'ranking.percent'
            else figure_id
        end as name
    from {{ ref('published_figure') }}
),

-- What the data do not decide, the tables say about each other.
open as (
    select * from figure where agrees is distinct from false and lgo_code is not null
),

other as (
    {% for one, two in same %}
    select
        a.figure_key, b.published_value as expected, {{ loop.index }} as nth,
        'ตาม{{ tables[two.split('.')[0]][0] }}ของ e-PlanNACC' as detail_th,
        'So says {{ tables[two.split('.')[0]][1] }}.' as detail_en
    from open as a
    inner join open as b
        on a.round_key = b.round_key and a.lgo_code = b.lgo_code
        and try_cast(a.published_value as decimal(18, 2)) <> try_cast(b.published_value as decimal(18, 2))
    where a.name = '{{ one }}' and b.name = '{{ two }}'
    union all
    {% endfor %}
    -- The total of the dimension table against its rows.
    select
        total.figure_key, cast(sum(try_cast(part.published_value as decimal(18, 2))) as string), 90,
        'ผลรวมของแถวในตารางเดียวกัน', 'The rows of the table add up to this.'
    from open as total
    inner join open as part
        on total.round_key = part.round_key and total.lgo_code = part.lgo_code
        and part.figure_id like 'dimension._.%'
        and split_part(total.figure_id, '.', 3) = split_part(part.figure_id, '.', 3)
    where total.figure_id like 'dimension.total.%' and total.unit <> 'percent'
    group by total.figure_key, total.published_value, total.round_key, total.lgo_code
    having sum(try_cast(part.published_value as decimal(18, 2))) <> try_cast(total.published_value as decimal(18, 2))
        -- Every dimension of the table is there and none is in doubt.
        and count(part.published_value) = (
            select count(*) from {{ ref('dim_dimension') }} as d
            inner join {{ ref('dim_round') }} as r on d.plan_period = r.plan_period
            where r.round_key = total.round_key
        )
    union all
    -- The level beside a percent.
    select
        level.figure_key, max_by(reached.level_th, reached.lower_pct), 91,
        concat('ร้อยละ ', pct.published_value, ' ในตารางเดียวกัน'), concat('The table itself says ', pct.published_value, ' percent.')
    from open as level
    inner join open as pct
        on level.round_key = pct.round_key and level.lgo_code = pct.lgo_code
        and pct.figure_id = replace(level.figure_id, '_level', '_pct')
    inner join {{ ref('dim_round') }} as round on level.round_key = round.round_key
    inner join {{ ref('implementation_level') }} as reached
        on round.plan_period = reached.plan_period
        and round.months = reached.months
        and {{ reaches_level('try_cast(pct.published_value as decimal(7, 2))', '100', 'reached.lower_pct') }}
    where level.figure_id in ('summary.implementation_level', 'status.implementation_level')
    group by level.figure_key, level.published_value, pct.published_value
    having max_by(reached.level_th, reached.lower_pct) not like concat('%', level.published_value)
),

-- What comes of a list may differ because rows of it could not be read, which is a fault that has been named.
lacking as (
    select round_key, lgo_code, cast(count(*) as int) as lines
    from {{ ref('stg_quarantine') }}
    where kind = 'eplan_project' and not is_whole_file
    group by round_key, lgo_code
),

-- An ordinance may because listings have not come: of initial projects with a budget, as others rarely are in one.
unlisted as (
    select round_key, lgo_code, counts_in, cast(count(*) as int) as projects
    from (
        {% for counts_in in ['dimension', "'total'"] -%}
        select round_key, lgo_code, {{ counts_in }} as counts_in
        from {{ ref('int_project_ordinance') }}
        where is_initial and ordinance_baht is null and eplan_budget_baht > 0
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ) as waiting
    group by round_key, lgo_code, counts_in
),

waiting as (
    select
        figure.figure_key,
        figure.unit,
        try_cast(figure.published_value as decimal(18, 2)) - try_cast(figure.computed_value as decimal(18, 2)) as more,
        coalesce(lacking.lines, 0) + coalesce(unlisted.projects, 0) as lines,
        concat(
            case
                when lacking.lines is null then ''
                else concat(
                    ' บัญชีโครงการมี ', cast(lacking.lines as string), ' แถวที่รับเข้าไม่ได้ ผลต่างอาจเกิดจากแถวเหล่านั้น'
                )
            end,
            case
                when unlisted.projects is null then ''
                else concat(
                    ' ยังไม่มีรายการของกองสำหรับโครงการตั้งต้นที่มีงบประมาณ ', cast(unlisted.projects as string),
                    ' โครงการ ผลต่างอาจเกิดจากโครงการเหล่านั้น'
                )
            end
        ) as words_th,
        concat(
            case
                when lacking.lines is null then ''
                else concat(
                    ' Rows of the list that could not be accepted: ', cast(lacking.lines as string),
                    '; they may be the difference.'
                )
            end,
            case
                when unlisted.projects is null then ''
                else concat(
                    ' Initial projects with a budget of which no listing is here: ', cast(unlisted.projects as string),
                    '; they may be the difference.'
                )
            end
        ) as words_en
    from figure
    left join lacking
        on figure.round_key = lacking.round_key
        and case when figure.figure_id <> 'status.minimum_projects' then figure.lgo_code end = lacking.lgo_code
    left join unlisted
        on figure.round_key = unlisted.round_key
        and figure.lgo_code = unlisted.lgo_code
        and case
            when figure.figure_id = 'status.in_ordinance' then 'total'
            when figure.figure_id like 'dimension.%.budget_ordinance_baht' then split_part(figure.figure_id, '.', 2)
        end = unlisted.counts_in
    where not figure.agrees
),

-- They would make a sum larger, and a count by no more than there are; a percent or a level may be any.
open_figure as (
    select figure_key, words_th, words_en
    from waiting
    where lines > 0
        and case unit when 'baht' then more > 0 when 'project' then more > 0 and more <= lines else true end
),

-- Or because the table was exported before the list.
older as (
    select
        stated.round_key,
        stated.slot as lgo_code,
        stated.source_sha256,
        concat(' ตารางนี้มาถึงก่อนบัญชีโครงการที่ใช้อยู่ (', min(list.source_file), ') โปรดส่งออกตารางใหม่') as words_th,
        concat(' The table came before the list that counts (', min(list.source_file), '): please export it anew.') as words_en
    from {{ ref('stg_submission_part') }} as stated
    inner join {{ ref('stg_submission_part') }} as list
        on stated.round_key = list.round_key and stated.slot = list.slot and stated.arrival_id < list.arrival_id
    where stated.is_current and stated.kind in ('eplan_summary', 'eplan_dimension', 'eplan_status')
        and list.is_current and list.kind = 'eplan_project'
    group by stated.round_key, stated.slot, stated.source_sha256
),

said as (
    select
        figure.figure_key, figure.computed_value as expected, 0 as nth,
        figure.explanation as detail_th, figure.explanation_en as detail_en,
        concat(coalesce(open_figure.words_th, ''), coalesce(older.words_th, '')) as reasons_th,
        concat(coalesce(open_figure.words_en, ''), coalesce(older.words_en, '')) as reasons_en,
        open_figure.figure_key is not null as is_open
    from figure
    left join open_figure on figure.figure_key = open_figure.figure_key
    left join older
        on figure.round_key = older.round_key
        and figure.lgo_code = older.lgo_code
        and figure.source_sha256 = older.source_sha256
    -- A level that does not fit the percent beside it is ranking_level_differs.
    where not figure.agrees and figure.figure_id not like 'ranking.%.level'
    union all
    select figure_key, expected, nth, detail_th, detail_en, '', '', false from other
)

select {{ finding_columns(columns) }}
from figure as f
inner join said on f.figure_key = said.figure_key
qualify row_number() over (partition by f.figure_key order by said.nth) = 1
