{%- set columns = cell_of('l', 'l.disbursed_cell', 'l.disbursed_as_written') -%}
{%- do columns.update({
    'rule': "'completed_without_disbursement'",
    'division': 'l.division',
    'subject_key': "concat(l.source, '|', case when l.is_part then l.listing_code else coalesce(l.project_id, l.listing_code) end)",
    'project_id': 'l.project_id',
    'listing_code': 'l.listing_code',
    'eplan_seq': 'l.eplan_seq',
    'subject_th': line_words_th('l'),
    'subject_en': line_words_en('l'),
    'found_th': "case when l.source = 'division' then word.name_division_th else word.name_th end",
    'found_en': 'word.name_en',
    'detail_th': format_baht('l.budget_baht'),
    'detail_en': format_baht('l.budget_baht'),
}) -%}

-- What a line had to spend: the ordinance after transfers in a form, the only budget there is in the list.
with line as (
    select
        b.*,
        case when b.source = 'division' then {{ ordinance_after_transfers('b') }} else b.budget_plan_baht end as budget_baht
    from {{ ref('fct_budget') }} as b
    inner join {{ ref('fct_status') }} as s on b.line_id = s.line_id and s.status = 'completed'
    where not b.is_repeated_line and coalesce(b.disbursed_baht, 0) = 0
),

unspent as (
    select * from line where budget_baht > 0 and not coalesce(no_budget, false)
),

-- The division's own line already says why e-PlanNACC shows nothing: it is at fault itself, or uses no budget.
answered as (
    select distinct bridge.project_id
    from {{ ref('bridge_listing_project') }} as bridge
    inner join {{ ref('fct_budget') }} as d
        on d.source = 'division'
        and bridge.round_key = d.round_key
        and bridge.lgo_code = d.lgo_code
        and bridge.listing_code = d.listing_code
    left join unspent on d.line_id = unspent.line_id
    where d.no_budget or unspent.line_id is not null
)

select {{ finding_columns(columns) }}
from unspent as l
inner join {{ ref('status') }} as word on word.status = 'completed'
-- No condition on the line alone: a left join with one tries every line with every project that is answered.
left join answered on case when l.source = 'eplan' then l.project_id end = answered.project_id
where answered.project_id is null
-- Of the listings of a project the first one is named, of its parts each.
qualify row_number() over (
    partition by
        l.round_key, l.lgo_code, l.source, coalesce(l.project_id, l.line_id), case when l.is_part then l.listing_code end
    order by {{ listing_order('l.listing_code') }}, l.line_id
) = 1
