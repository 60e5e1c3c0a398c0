{%- set kinds = {
    'division_listing': {
        'budget_plan_baht': ['งบประมาณตามแผน', 'plan'], 'budget_ordinance_baht': ['งบประมาณตามเทศบัญญัติ', 'ordinance'],
        'disbursed_baht': ['เบิกจ่าย', 'disbursed'], 'remaining_baht': ['คงเหลือ', 'remaining'],
    },
    'eplan_project': {
        'budget_plan_baht': ['งบประมาณ', 'budget'], 'disbursed_baht': ['เบิกจ่าย', 'disbursed'],
    },
} -%}
{%- set columns = {
    'rule': "'figure_withdrawn_by_refusal'",
    'round_key': 'c.round_key', 'lgo_code': 'c.lgo_code', 'division': 'c.division',
    'subject_key': "concat(c.kind, '|', c.row_key)",
    'listing_code': "case when c.kind = 'division_listing' then c.row_key end",
    'eplan_seq': "case when c.kind = 'eplan_project' then cast(c.row_key as int) end",
    'source_file': 'c.after_file', 'source_sha256': 'c.after_sha256', 'source_sheet': 'c.after_sheet',
    'source_row': 'c.after_row', 'source_cell': 'c.after_cell', 'value_as_written': 'c.after_as_written',
    'subject_th': "concat(case when c.kind = 'division_listing' then 'รายการ ' else 'โครงการที่ ' end, c.row_key, ' ',"
        ~ " coalesce(c.before, ''))",
    'subject_en': "concat(case when c.kind = 'division_listing' then 'Listing ' else 'Project ' end, c.row_key)",
    'found_th': "concat(c.after_file, ' เซลล์ ', coalesce(c.after_cell, '-'), ' เขียนว่า “', coalesce(c.after_as_written, ''), '”')",
    'found_en': "concat(c.after_file, ' cell ', coalesce(c.after_cell, '-'), ' holds “', coalesce(c.after_as_written, ''), '”')",
    'expected_th': "concat(c.before_file, ' แถว ', cast(c.before_row as string))",
    'expected_en': "concat(c.before_file, ' row ', cast(c.before_row as string))",
    'detail_th': "coalesce(had.figures_th, 'ไม่มีจำนวนเงิน')", 'detail_en': "coalesce(had.figures_en, 'no amounts')",
} -%}

-- Few rows are refused: texts are put together of what those alone had before.
with refused as (
    select distinct kind, round_key, before_sha256, before_sheet, before_row
    from {{ ref('submission_change') }}
    where change = 'refused'
),

had as (
    {% for kind, figures in kinds.items() %}
    select
        r.round_key, r.source_sha256, r.source_sheet, r.source_row, '{{ kind }}' as kind,
        {% for language in ['th', 'en'] -%}
        {%- set n = loop.index0 -%}
        nullif(concat(
            {%- for figure, words in figures.items() %}
            case
                when r.{{ figure }} is null then ''
                else concat('{{ words[n] }} ', {{ format_baht('r.' ~ figure) }}, ' (', coalesce(r.{{ figure }}_cell, '-'), ') ')
            end{% if not loop.last %},{% endif %}
            {%- endfor %}
        ), '') as figures_{{ language }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ source('accepted', kind) }} as r
    inner join refused
        on refused.kind = '{{ kind }}' and r.round_key = refused.round_key and r.source_sha256 = refused.before_sha256
        and r.source_sheet = refused.before_sheet and r.source_row = refused.before_row
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

-- In the file that counts now, and no other division's form has the listing.
select {{ finding_columns(columns) }}
from {{ ref('submission_change') }} as c
inner join {{ ref('stg_submission_part') }} as part
    on part.is_current and c.round_key = part.round_key and c.kind = part.kind
    and c.after_sha256 = part.source_sha256 and c.after_arrival_id = part.arrival_id
left join had
    on c.kind = had.kind and c.round_key = had.round_key and c.before_sha256 = had.source_sha256
    and c.before_sheet = had.source_sheet and c.before_row = had.source_row
left join {{ ref('stg_division_listing') }} as still
    -- No condition on the row alone: a left join with one tries every refused row with every listing.
    on c.round_key = still.round_key and c.lgo_code = still.lgo_code
    and case when c.kind = 'division_listing' then c.row_key end = still.listing_code
where c.change = 'refused' and still.listing_code is null
