{%- set columns = cell_of('later', 'later.cell', 'later.value_as_written') -%}
{%- do columns.update({
    'rule': "case when later.measure = 'status' then 'status_went_back' else 'disbursed_went_back' end",
    'division': 'later.division',
    'subject_key': "concat(later.source, '|', later.line_key)",
    'project_id': 'later.project_id',
    'listing_code': 'later.listing_code',
    'eplan_seq': "case when later.source = 'eplan' then later.eplan_seq end",
    'subject_th': line_words_th('later'),
    'subject_en': line_words_en('later'),
    'found_th': 'later.words_th', 'found_en': 'later.words_en',
    'expected_th': 'earlier.words_th', 'expected_en': 'earlier.words_en',
    'detail_th': "concat(cast(earlier.months as string), ' เดือน')",
    'detail_en': "concat('the ', cast(earlier.months as string), '-month round')",
}) -%}

-- The lines of one project in the rounds of one fiscal year, which are cumulative from 1 October. Projects are
-- followed by dim_project, because codes and numbers move.
with line as (
    select
        m.*,
        project.project_series_id,
        case when m.source = 'division' then m.listing_code else cast(m.eplan_seq as string) end as line_key,
        round.fiscal_year_be,
        round.months,
        word.progress,
        case when m.measure = 'status' then coalesce(word.name_th, m.value) else {{ format_baht('m.amount_baht') }} end as words_th,
        case when m.measure = 'status' then coalesce(word.name_en, m.value) else {{ format_baht('m.amount_baht') }} end as words_en
    from {{ ref('int_line_measure') }} as m
    inner join {{ ref('dim_round') }} as round on m.round_key = round.round_key
    inner join {{ ref('dim_project') }} as project on m.project_id = project.project_id
    left join {{ ref('status') }} as word on m.measure = 'status' and m.value = word.status
    where m.measure in ('disbursed_baht', 'status') and not m.is_repeated_line
),

-- A project may have several listings: each is held against itself, a new one against the first.
before as (
    select
        later.line_id,
        later.measure,
        earlier.months,
        earlier.amount_baht,
        earlier.progress,
        earlier.words_th,
        earlier.words_en
    from line as later
    inner join line as earlier
        on later.project_series_id = earlier.project_series_id
        and later.source = earlier.source
        and later.measure = earlier.measure
        and later.fiscal_year_be = earlier.fiscal_year_be
        and later.months > earlier.months
    qualify row_number() over (
        partition by later.line_id, later.measure
        order by
            earlier.months desc, case when later.line_key = earlier.line_key then 0 else 1 end,
            {{ listing_order('earlier.listing_code') }}, earlier.line_id
    ) = 1
)

select {{ finding_columns(columns) }}
from line as later
inner join before as earlier on later.line_id = earlier.line_id and later.measure = earlier.measure
where later.amount_baht < earlier.amount_baht or later.progress < earlier.progress
