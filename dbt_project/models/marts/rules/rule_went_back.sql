{%- set columns = cell_of('later', 'later.cell', 'later.value_as_written') -%}
{%- do columns.update({
    'rule': "case when later.measure = 'status' then 'status_went_back' else 'disbursed_went_back' end",
    'division': 'later.division',
    'subject_key': "concat(later.source, '|', case when later.source = 'division' then later.listing_code else cast(later.eplan_seq as string) end)",
    'project_id': 'later.project_id',
    'listing_code': 'later.listing_code',
    'eplan_seq': "case when later.source = 'eplan' then later.eplan_seq end",
    'subject_th': line_words_th('later'),
    'subject_en': line_words_en('later'),
    'found_th': 'later.words_th', 'found_en': 'later.words_en',
    'expected_th': 'earlier.words_th', 'expected_en': 'earlier.words_en',
    'detail_th': "concat(cast(gone_back.months as string), ' เดือน')",
    'detail_en': "concat('the ', cast(gone_back.months as string), '-month round')",
}) -%}

{%- set compared -%}
        later.line_id,
        earlier.line_id as earlier_line_id,
        earlier.months,
        earlier.listing_code as earlier_code,
        later.disbursed_baht < earlier.disbursed_baht as disbursed_went_back,
        later.progress < earlier.progress as status_went_back
{%- endset -%}
{#- What a whole was and its parts are is compared on the side of e-PlanNACC: a part may bear the name of the whole, with
    less money. -#}
{%- set not_a_part_of_it -%}
not (later.is_part and not earlier.is_part and later.plan_baht < earlier.plan_baht)
{%- endset -%}

-- The lines of the rounds of one fiscal year, which are cumulative from 1 October. A listing is itself where it has its
-- code and its name still, whatever it is paired with; otherwise it is followed by its project, through dim_project,
-- because codes and numbers move. Narrow: a nation has millions of them and few go back.
with line as (
    select
        b.line_id,
        b.lgo_code,
        b.source,
        b.listing_code,
        b.is_part,
        coalesce(b.budget_plan_baht, 0) as plan_baht,
        case when b.source = 'division' then b.listing_code else cast(b.eplan_seq as string) end as line_key,
        case when b.source = 'division' then replace(b.name_as_listed, ' ', '') end as listing_name,
        project.project_series_id,
        round.fiscal_year_be,
        round.months,
        cast(coalesce(b.disbursed_baht, 0) as decimal(18, 2)) as disbursed_baht,
        word.progress
    from {{ ref('fct_budget') }} as b
    inner join {{ ref('fct_status') }} as s on b.line_id = s.line_id
    inner join {{ ref('dim_round') }} as round on b.round_key = round.round_key
    inner join {{ ref('dim_project') }} as project on b.project_id = project.project_id
    left join {{ ref('status') }} as word on s.status = word.status
    where not b.is_repeated_line
),

candidate as (
    select
        {{ compared }},
        1 as nearness
    from line as later
    inner join line as earlier
        on later.lgo_code = earlier.lgo_code
        and later.listing_code = earlier.listing_code
        and later.listing_name = earlier.listing_name
        and later.fiscal_year_be = earlier.fiscal_year_be
        and later.months > earlier.months
        and {{ not_a_part_of_it }}
    union all
    -- A project may have several listings: each is held against itself, a new one against the first. A part is held
    -- against itself alone.
    select
        {{ compared }},
        case when later.line_key = earlier.line_key then 2 else 3 end as nearness
    from line as later
    inner join line as earlier
        on later.project_series_id = earlier.project_series_id
        and later.source = earlier.source
        and later.fiscal_year_be = earlier.fiscal_year_be
        and later.months > earlier.months
        and {{ not_a_part_of_it }}
        and (later.line_key = earlier.line_key or not (later.is_part or earlier.is_part))
),

before as (
    select *
    from candidate
    qualify row_number() over (
        partition by line_id
        order by months desc, nearness, {{ listing_order('earlier_code') }}, earlier_line_id
    ) = 1
),

gone_back as (
    select line_id, earlier_line_id, months, 'disbursed_baht' as measure from before where disbursed_went_back
    union all
    select line_id, earlier_line_id, months, 'status' as measure from before where status_went_back
),

told as (
    select
        m.*,
        case when m.measure = 'status' then coalesce(word.name_th, m.value) else {{ format_baht('m.amount_baht') }} end as words_th,
        case when m.measure = 'status' then coalesce(word.name_en, m.value) else {{ format_baht('m.amount_baht') }} end as words_en
    from (
        select line_id, measure from gone_back
        union
        select earlier_line_id, measure from gone_back
    ) as concerned
    inner join {{ ref('int_line_measure') }} as m on concerned.line_id = m.line_id and concerned.measure = m.measure
    left join {{ ref('status') }} as word on m.measure = 'status' and m.value = word.status
)

select {{ finding_columns(columns) }}
from gone_back
inner join told as later on gone_back.line_id = later.line_id and gone_back.measure = later.measure
inner join told as earlier on gone_back.earlier_line_id = earlier.line_id and gone_back.measure = earlier.measure
