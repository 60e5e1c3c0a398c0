{%- set columns = cell_of('s', 's.status_cell', 's.status_as_written') -%}
{%- do columns.update({
    'rule': "'in_progress_at_year_end'",
    'division': 's.division',
    'subject_key': 'coalesce(s.project_id, s.listing_code)',
    'project_id': 's.project_id',
    'listing_code': 's.listing_code',
    'eplan_seq': 's.eplan_seq',
    'subject_th': line_words_th('b'),
    'subject_en': line_words_en('b'),
    'found_th': "case when s.source = 'division' then coalesce(word.name_division_th, word.name_th) else word.name_th end",
    'found_en': 'word.name_en',
    'detail_th': "concat('รอบ ', cast(round.months as string), ' เดือน')",
    'detail_en': "concat(cast(round.months as string), '-month round')",
}) -%}

-- The longest round is the one that ends with the fiscal year. A project is named once, at the division's line
-- where there is one: it knows.
select {{ finding_columns(columns) }}
from {{ ref('fct_status') }} as s
inner join {{ ref('fct_budget') }} as b on s.line_id = b.line_id
inner join {{ ref('dim_round') }} as round on s.round_key = round.round_key
inner join (select max(months) as months from {{ ref('dim_round') }}) as longest on round.months = longest.months
inner join {{ ref('status') }} as word on s.status = word.status
where s.status in ('in_progress', 'awaiting_report') and not s.is_repeated_line
qualify row_number() over (
    partition by s.round_key, s.lgo_code, coalesce(s.project_id, s.line_id)
    order by s.source, {{ listing_order('s.listing_code') }}, s.line_id
) = 1
