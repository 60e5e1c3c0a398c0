-- For each amount of the official tables that the data do not give: the listings or projects, up to three, whose
-- amounts are exactly the difference. Nothing is guessed: where several sets of the smallest size fit, all are
-- named as possible, and none where there are more than three.
{%- set measures = {
    'budget_plan_baht': ('eplan_budget_baht', 'งบประมาณ', 'budget'),
    'budget_ordinance_baht': ('ordinance_baht', 'งบตามข้อบัญญัติ/เทศบัญญัติ', 'ordinance'),
    'disbursed_baht': ('eplan_disbursed_baht', 'เบิกจ่าย', 'disbursement'),
} -%}

-- Two sheets of one file may hold the same table; the first one speaks.
with difference as (
    {% for field in measures %}
    select
        stated.round_key, stated.lgo_code, 'dimension' as export, '{{ field }}' as field, stated.dimension as part,
        cast(computed.{{ field }} - stated.{{ field }} as decimal(18, 2)) as difference_baht
    from {{ ref('stg_eplan_dimension') }} as stated
    inner join {{ ref('dimension_summary') }} as computed
        on stated.round_key = computed.round_key
        and stated.lgo_code = computed.lgo_code
        and stated.dimension = computed.dimension
    where stated.{{ field }} <> computed.{{ field }}
    qualify row_number() over (
        partition by stated.round_key, stated.lgo_code, stated.dimension
        order by stated.source_file, stated.source_sha256, stated.source_sheet, stated.source_row
    ) = 1
    union all
    {% endfor %}
    select
        stated.round_key, stated.lgo_code, 'summary', 'disbursed_baht', 'total',
        cast(computed.disbursed_baht - stated.disbursed_baht as decimal(18, 2))
    from {{ ref('stg_eplan_summary') }} as stated
    inner join {{ ref('round_summary') }} as computed
        on stated.round_key = computed.round_key and stated.lgo_code = computed.lgo_code
    where stated.disbursed_baht <> computed.disbursed_baht
    qualify row_number() over (
        partition by stated.round_key, stated.lgo_code
        order by stated.source_file, stated.source_sha256, stated.source_sheet, stated.source_row
    ) = 1
),

-- The dimension table is made of the initial projects; its ordinance comes from their listings.
candidate as (
    {% for field, (amount, th, en) in measures.items() %}
    select
        round_key, lgo_code, 'dimension' as export, '{{ field }}' as field, dimension, eplan_seq,
        {% if field == 'budget_ordinance_baht' %}
        listing_codes as name,
        concat(
            'รายการ ', listing_codes, ' ', coalesce(listing_name, ''), ' (หลังโอน ', {{ format_baht('ordinance_baht') }},
            ' บาท เบิกจ่าย ', {{ format_baht('coalesce(division_disbursed_baht, 0)') }},
            ' บาท แต่ e-PlanNACC โครงการที่ ', cast(eplan_seq as string),
            ' บันทึกงบประมาณ ', {{ format_baht('coalesce(eplan_budget_baht, 0)') }},
            ' เบิกจ่าย ', {{ format_baht('coalesce(eplan_disbursed_baht, 0)') }}, ' บาท)'
        ) as words_th,
        concat(
            'listing ', listing_codes, ' (', {{ format_baht('ordinance_baht') }}, ' baht after transfers, ',
            {{ format_baht('coalesce(division_disbursed_baht, 0)') }}, ' disbursed; e-PlanNACC project ',
            cast(eplan_seq as string), ' carries ', {{ format_baht('coalesce(eplan_budget_baht, 0)') }}, ' and ',
            {{ format_baht('coalesce(eplan_disbursed_baht, 0)') }}, ')'
        ) as words_en,
        {% else %}
        cast(eplan_seq as string) as name,
        concat('โครงการที่ ', cast(eplan_seq as string), ' (', {{ format_baht(amount) }}, ' บาท)') as words_th,
        concat('project ', cast(eplan_seq as string), ' (', {{ format_baht(amount) }}, ' baht)') as words_en,
        {% endif %}
        {{ amount }} as amount_baht
    from {{ ref('int_project_ordinance') }}
    where is_initial and {{ amount }} > 0
    union all
    {% endfor %}
    select
        round_key, lgo_code, 'summary', 'disbursed_baht', dimension, eplan_seq,
        cast(eplan_seq as string),
        concat('โครงการที่ ', cast(eplan_seq as string), ' (', {{ format_baht('disbursed_baht') }}, ' บาท)'),
        concat('project ', cast(eplan_seq as string), ' (', {{ format_baht('disbursed_baht') }}, ' baht)'),
        disbursed_baht
    from {{ ref('fct_budget') }}
    where source = 'eplan' and counts_towards_total and disbursed_baht > 0
),

member as (
    select
        d.round_key, d.lgo_code, d.export, d.field, d.part, abs(d.difference_baht) as wanted_baht,
        c.eplan_seq, c.name, c.words_th, c.words_en, c.amount_baht
    from difference as d
    inner join candidate as c
        on d.round_key = c.round_key and d.lgo_code = c.lgo_code and d.export = c.export and d.field = c.field
        and (d.part = 'total' or d.part = c.dimension)
        and c.amount_baht <= abs(d.difference_baht)
),

two as (
    select
        a.round_key, a.lgo_code, a.export, a.field, a.part, a.wanted_baht, b.eplan_seq,
        concat(a.name, ', ', b.name) as name,
        concat(a.words_th, ' และ', b.words_th) as words_th,
        concat(a.words_en, ' and ', b.words_en) as words_en,
        cast(a.amount_baht + b.amount_baht as decimal(18, 2)) as amount_baht
    from member as a
    inner join member as b
        on a.round_key = b.round_key and a.lgo_code = b.lgo_code and a.export = b.export and a.field = b.field
        and a.part = b.part and a.eplan_seq < b.eplan_seq
        and a.amount_baht + b.amount_baht <= a.wanted_baht
),

fit as (
    select round_key, lgo_code, export, field, part, 1 as size, name, words_th, words_en
    from member where amount_baht = wanted_baht
    union all
    select round_key, lgo_code, export, field, part, 2, name, words_th, words_en
    from two where amount_baht = wanted_baht
    union all
    select
        a.round_key, a.lgo_code, a.export, a.field, a.part, 3, concat(a.name, ', ', c.name),
        concat(a.words_th, ' และ', c.words_th), concat(a.words_en, ' and ', c.words_en)
    from two as a
    inner join member as c
        on a.round_key = c.round_key and a.lgo_code = c.lgo_code and a.export = c.export and a.field = c.field
        and a.part = c.part and a.eplan_seq < c.eplan_seq
        and cast(a.wanted_baht - a.amount_baht as decimal(18, 2)) = c.amount_baht
),

smallest as (
    select *
    from fit
    qualify rank() over (partition by round_key, lgo_code, export, field, part order by size) = 1
),

explained as (
    select
        round_key, lgo_code, export, field, part,
        count(*) as fits,
        {{ string_list('name', 'name', ' | ') }} as accounted_by,
        {{ string_list('words_th', 'name', ' หรือ ') }} as words_th,
        {{ string_list('words_en', 'name', ' or ') }} as words_en
    from smallest
    group by round_key, lgo_code, export, field, part
)

select
    d.round_key,
    d.lgo_code,
    d.export,
    d.field,
    d.part,
    d.difference_baht,
    cast(coalesce(e.fits, 0) as int) as fits,
    case when e.fits <= 3 then e.accounted_by end as accounted_by,
    case
        when e.fits is not null then concat(
            'ต่างกัน ', {{ format_baht('abs(d.difference_baht)') }}, ' บาท ',
            case
                when e.fits = 1 then concat('เท่ากับ', measure.words_th, 'ของ', e.words_th, ' พอดี',
                    case when d.difference_baht < 0 then ' ซึ่งอาจถูกนับสองครั้ง' else ' ซึ่งอาจไม่ได้นับรวม' end)
                when e.fits <= 3 then concat('มีมากกว่าหนึ่งคำตอบที่', measure.words_th, 'เท่ากับผลต่างพอดี จึงยังระบุไม่ได้: ', e.words_th)
                else concat('มี ', cast(e.fits as string), ' ชุดที่', measure.words_th, 'เท่ากับผลต่างพอดี จึงระบุไม่ได้')
            end
        )
    end as words_th,
    case
        when e.fits is not null then concat(
            'The difference of ', {{ format_baht('abs(d.difference_baht)') }}, ' baht ',
            case
                when e.fits = 1 then concat('is exactly the ', measure.words_en, ' of ', e.words_en,
                    case when d.difference_baht < 0 then ', perhaps counted twice.' else ', perhaps left out.' end)
                when e.fits <= 3 then concat('is ambiguous; the ', measure.words_en, ' fits exactly for: ', e.words_en, '.')
                else concat('is ambiguous: ', cast(e.fits as string), ' sets of projects fit exactly.')
            end
        )
    end as words_en
from difference as d
inner join (
    {% for field, (amount, th, en) in measures.items() %}
    select '{{ field }}' as field, '{{ th }}' as words_th, '{{ en }}' as words_en
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
) as measure on d.field = measure.field
left join explained as e
    on d.round_key = e.round_key and d.lgo_code = e.lgo_code and d.export = e.export
    and d.field = e.field and d.part = e.part
