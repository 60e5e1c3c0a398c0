{{ config(meta={'by_round': true}) }}

{#- Faults of a form's line that make one of its values no ground for a change: field -> rules of marts.finding. -#}
{%- set disputes = {
    'budget_plan_baht': ['listing_repeated', 'no_budget_mark_with_money'],
    'disbursed_baht': [
        'listing_repeated', 'no_budget_mark_with_money', 'remaining_arithmetic', 'overspend_ordinance',
        'completed_without_disbursement', 'disbursed_went_back',
    ],
    'status': ['listing_repeated', 'completed_without_disbursement', 'status_went_back', 'expectation_failed'],
} -%}

with dispute as (
    select fault.field, finding.round_key, finding.lgo_code, finding.listing_code, min(finding.rule) as rule
    from {{ rows_of_round(ref('finding')) }} as finding
    inner join (
        {% for field, rules in disputes.items() %}
        {% set outer = loop %}
        {% for rule in rules %}
        select '{{ field }}' as field, '{{ rule }}' as rule
        {% if not (outer.last and loop.last) %}union all{% endif %}
        {% endfor %}
        {% endfor %}
    ) as fault on finding.rule = fault.rule
    where finding.listing_code is not null and finding.division is not null
    group by fault.field, finding.round_key, finding.lgo_code, finding.listing_code
),

-- What a project's listings say of it; one listing may stand for several projects.
shared as (
    select round_key, lgo_code, listing_code
    from {{ rows_of_round(ref('bridge_listing_project')) }}
    group by round_key, lgo_code, listing_code
    having count(distinct project_id) > 1
),

-- Projects of the list of which a reviewed listing is in no form now: what the others say may be a part of it.
incomplete as (
    select
        missing.round_key, missing.lgo_code, p.project_id, p.eplan_seq, p.dimension,
        {{ string_list('missing.listing_code', listing_order('missing.listing_code')) }} as missing_codes
    from (
        select distinct round_key, lgo_code, eplan_seq, listing_code
        from {{ rows_of_round(ref('finding')) }}
        where rule = 'crosswalk_unknown' and listing_code is not null
    ) as missing
    inner join {{ rows_of_round(ref('dim_project')) }} as p
        on missing.round_key = p.round_key and missing.lgo_code = p.lgo_code and missing.eplan_seq = p.eplan_seq
    group by missing.round_key, missing.lgo_code, p.project_id, p.eplan_seq, p.dimension
),

pair as (
    select
        p.*,
        case
            when p.measure = 'status' then coalesce(p.division_value, 'awaiting_report')
            else cast(p.division_amount_baht as string)
        end as said,
        case
            when incomplete.project_id is not null then concat('listing_missing ', incomplete.missing_codes)
            when shared.listing_code is not null then 'listing_shared'
            when dispute.rule is not null then dispute.rule
            when p.division_value is null then 'blank_in_form'
        end as doubt
    from {{ rows_of_round(ref('int_measure_pair')) }} as p
    left join shared
        on p.round_key = shared.round_key and p.lgo_code = shared.lgo_code and p.listing_code = shared.listing_code
    left join dispute
        on p.measure = dispute.field and p.round_key = dispute.round_key and p.lgo_code = dispute.lgo_code
        and p.listing_code = dispute.listing_code
    left join incomplete on p.project_id = incomplete.project_id
    where p.measure in ('budget_plan_baht', 'disbursed_baht', 'status')
),

-- What e-PlanNACC says as every listing does is no change: texts are put together of the others alone.
disagreed as (
    select distinct project_id, measure from pair where not agrees
),

agreed as (
    select
        pair.project_id,
        pair.measure,
        count(distinct pair.said) as sayings,
        -- Each alike, and together what the list says; parts are one amount already, with one text of their codes.
        count(distinct pair.said) = 1
        and count(distinct pair.listing_codes) > 1
        and sum(pair.division_amount_baht) > 0
        and sum(pair.division_amount_baht) = max(pair.eplan_amount_baht) as is_multiple,
        {{ string_list('pair.listing_code', 'pair.listing_order') }} as listing_codes,
        min(pair.doubt) as doubt
    from pair
    inner join disagreed on pair.project_id = disagreed.project_id and pair.measure = disagreed.measure
    group by pair.project_id, pair.measure
),

-- Equal parts, or one listing that was keyed in twice: nobody can tell, so none of its amounts is an instruction.
multiple as (
    select distinct project_id from agreed where is_multiple
),

-- What the register of corrections says in place of the list: the screen shows the old value until it is keyed in.
corrected as (
    select
        c.round_key, c.lgo_code, p.project_id, p.eplan_seq, p.name, c.field, c.old_value, c.new_value,
        c.target_file, c.target_sheet, coalesce(s.status_cell, c.target_cell) as eplan_cell,
        coalesce(s.status_as_written, c.found_as_written) as eplan_value_as_written
    from {{ rows_of_round(ref('stg_correction')) }} as c
    inner join {{ rows_of_round(ref('dim_project')) }} as p
        on c.round_key = p.round_key and c.lgo_code = p.lgo_code and c.what = cast(p.eplan_seq as string)
    left join (
        select project_id, 'status' as field, status_cell, status_as_written
        from {{ rows_of_round(ref('fct_status')) }}
        where source = 'eplan' and not is_repeated_line
    ) as s on p.project_id = s.project_id and c.field = s.field
    where c.side = 'eplan' and c.outcome = 'applied'
),

differing as (
    select
        case
            when agreed.sayings > 1 or agreed.doubt is not null then 'review'
            when pair.measure <> 'status' and multiple.project_id is not null then 'review'
            else 'change'
        end as kind,
        pair.round_key, pair.lgo_code, pair.project_id, pair.eplan_seq, pair.listing_code, agreed.listing_codes,
        pair.division, pair.project_name as name, pair.measure as field,
        pair.eplan_value as old_value,
        pair.division_value as new_value,
        case when pair.measure <> 'status' then pair.eplan_amount_baht end as old_baht,
        -- Blank is not 0 when it comes to keying it in.
        case when pair.measure <> 'status' and pair.division_value is not null then pair.division_amount_baht end as new_baht,
        case pair.measure
            when 'budget_plan_baht' then 'budget_plan_differs'
            when 'disbursed_baht' then 'disbursed_differs'
            else 'status_differs'
        end as rule,
        case
            when agreed.sayings > 1 then 'listing_contradiction'
            when agreed.doubt is not null then agreed.doubt
            when pair.measure <> 'status' and multiple.project_id is not null then 'listings_alike'
        end as doubt,
        pair.eplan_source_file, pair.eplan_source_sheet, pair.eplan_cell, pair.eplan_value_as_written,
        pair.division_source_file, pair.division_source_sheet, pair.division_cell, pair.division_value_as_written
    from pair
    inner join agreed on pair.project_id = agreed.project_id and pair.measure = agreed.measure
    left join multiple on pair.project_id = multiple.project_id
    left join corrected on pair.project_id = corrected.project_id and pair.measure = corrected.field
    where not pair.agrees and corrected.project_id is null
    qualify row_number() over (
        partition by pair.project_id, pair.measure order by pair.listing_order, pair.listing_code
    ) = 1
),

unlisted as (
    select r.*, p.dimension
    from {{ rows_of_round(ref('reconciliation')) }} as r
    inner join {{ rows_of_round(ref('dim_project')) }} as p on r.project_id = p.project_id
    where r.rule = 'unlisted_project'
),

-- A listing that nobody reported may be one of the projects that nobody listed, or the listing that an incomplete one
-- lacks: then adding it would count it twice.
candidate as (
    select
        r.project_id,
        {{ string_list('cast(lacking.eplan_seq as string)', 'lacking.eplan_seq') }} as eplan_seqs
    from {{ rows_of_round(ref('reconciliation')) }} as r
    inner join {{ rows_of_round(ref('dim_project')) }} as p on r.project_id = p.project_id
    inner join (
        select round_key, lgo_code, eplan_seq, dimension from unlisted
        union
        select round_key, lgo_code, eplan_seq, dimension from incomplete
    ) as lacking
        on r.round_key = lacking.round_key and r.lgo_code = lacking.lgo_code and p.dimension = lacking.dimension
    where r.rule = 'unreported_listing'
    group by r.project_id
),

-- Listings of one unreported project that say different things.
contested as (
    select b.project_id, 'listing_contradiction' as rule
    from {{ rows_of_round(ref('fct_budget')) }} as b
    inner join {{ rows_of_round(ref('fct_status')) }} as s on b.line_id = s.line_id
    where b.source = 'division' and b.eplan_seq is null and not b.is_repeated_line
    group by b.project_id
    having count(distinct coalesce(b.budget_plan_baht, 0)) > 1
        or count(distinct coalesce(b.disbursed_baht, 0)) > 1
        or count(distinct coalesce(s.status, '')) > 1
),

-- Whose list or forms have rows that could not be read: what is not found may be one of those.
refused as (
    select
        round_key,
        lgo_code,
        max(case when kind = 'eplan_project' then 'row_refused' end) as in_list,
        max(case when kind = 'division_listing' then 'form_row_refused' end) as in_forms
    from {{ rows_of_round(ref('stg_quarantine')) }}
    where not is_whole_file
    group by round_key, lgo_code
),

-- One per project: its first listing.
unreported as (
    select
        r.round_key, r.lgo_code, r.project_id, r.listing_code, r.division, b.name_as_listed, b.dimension,
        b.budget_plan_baht, b.disbursed_baht, s.status, candidate.eplan_seqs,
        coalesce(contested.rule, dispute.rule, refused.in_list) as dispute,
        r.division_source_file, r.division_source_sheet,
        b.name_cell, b.name_as_written, b.budget_plan_cell, b.budget_plan_as_written,
        b.disbursed_cell, b.disbursed_as_written, s.status_cell, s.status_as_written
    from {{ rows_of_round(ref('reconciliation')) }} as r
    inner join {{ rows_of_round(ref('fct_budget')) }} as b
        on b.source = 'division'
        and b.counts_towards_total
        and r.round_key = b.round_key
        and r.lgo_code = b.lgo_code
        and r.listing_code = b.listing_code
    inner join {{ rows_of_round(ref('fct_status')) }} as s on b.line_id = s.line_id
    left join candidate on r.project_id = candidate.project_id
    left join contested on r.project_id = contested.project_id
    left join refused on r.round_key = refused.round_key and r.lgo_code = refused.lgo_code
    left join (
        select round_key, lgo_code, listing_code, min(rule) as rule from dispute group by round_key, lgo_code, listing_code
    ) as dispute
        on r.round_key = dispute.round_key and r.lgo_code = dispute.lgo_code and r.listing_code = dispute.listing_code
    where r.rule = 'unreported_listing'
),

{% set added = {
    'project_name': ('name_as_listed', 'name', 'false'),
    'dimension': ('dimension', 'name', 'false'),
    'budget_plan_baht': ('budget_plan_baht', 'budget_plan', 'true'),
    'disbursed_baht': ('disbursed_baht', 'disbursed', 'true'),
    'status': ('status', 'status', 'false'),
} -%}

entry as (
    select * from differing
    union all
    select
        'change', round_key, lgo_code, project_id, eplan_seq, cast(null as string), cast(null as string), cast(null as string), name,
        field, old_value, new_value,
        case when field <> 'status' then cast(old_value as decimal(18, 2)) end,
        case when field <> 'status' then cast(new_value as decimal(18, 2)) end,
        'correction', cast(null as string),
        target_file, target_sheet, eplan_cell, eplan_value_as_written,
        cast(null as string), cast(null as string), cast(null as string), cast(null as string)
    from corrected
    {% for field, (column, cell, is_money) in added.items() %}
    union all
    select
        'add', round_key, lgo_code, project_id, cast(null as int), listing_code, listing_code, division, name_as_listed,
        '{{ field }}', cast(null as string), cast({{ column }} as string), cast(null as decimal(18, 2)),
        {% if is_money == 'true' %}cast({{ column }} as decimal(18, 2)){% else %}cast(null as decimal(18, 2)){% endif %},
        'unreported_listing', cast(null as string),
        cast(null as string), cast(null as string), cast(null as string), cast(null as string),
        division_source_file, division_source_sheet, {{ cell }}_cell, {{ cell }}_as_written
    from unreported
    where eplan_seqs is null and dispute is null and {{ column }} is not null
    {% endfor %}
    union all
    select
        'review', round_key, lgo_code, project_id, null, listing_code, listing_code, division, name_as_listed,
        'project', null, name_as_listed, null, cast(disbursed_baht as decimal(18, 2)),
        'unreported_listing', case when eplan_seqs is not null then concat('may_be_project ', eplan_seqs) else dispute end,
        null, null, null, null, division_source_file, division_source_sheet, name_cell, name_as_written
    from unreported
    where eplan_seqs is not null or dispute is not null
    union all
    select
        'review', r.round_key, r.lgo_code, r.project_id, r.eplan_seq, null, null, null, p.name,
        'project', p.name, null, cast(r.difference_baht as decimal(18, 2)), null,
        'unlisted_project', coalesce(refused.in_forms, 'no_listing'),
        r.eplan_source_file, r.eplan_source_sheet, r.eplan_cell, r.eplan_value_as_written, null, null, null, null
    from unlisted as r
    inner join {{ rows_of_round(ref('dim_project')) }} as p on r.project_id = p.project_id
    left join refused on r.round_key = refused.round_key and r.lgo_code = refused.lgo_code
    union all
    select
        'review', f.round_key, f.lgo_code, f.project_id, f.eplan_seq, f.listing_code, f.listing_code, null, b.name_as_listed,
        'disbursed_baht', cast(b.disbursed_baht as string), null, b.disbursed_baht, null,
        'same_money_twice', concat('same_as_project ', cast(first.eplan_seq as string)),
        f.source_file, f.source_sheet, f.source_cell, f.value_as_written, null, null, null, null
    from {{ rows_of_round(ref('finding')) }} as f
    inner join {{ rows_of_round(ref('fct_budget')) }} as b
        on b.source = 'eplan' and not b.is_repeated_line and f.project_id = b.project_id
    inner join {{ rows_of_round(ref('dim_project')) }} as p on f.project_id = p.project_id
    inner join {{ rows_of_round(ref('dim_project')) }} as first on p.same_money_as_project_id = first.project_id
    where f.rule = 'same_money_twice'
)

select
    md5(concat(
        e.round_key, '|', e.lgo_code, '|', coalesce(cast(e.eplan_seq as string), ''), '|', coalesce(e.listing_code, ''), '|',
        e.field, '|', e.rule
    )) as change_id,
    e.round_key,
    e.lgo_code,
    e.kind,
    e.eplan_seq,
    e.project_id,
    e.name,
    e.field,
    e.old_value,
    e.new_value,
    e.old_baht,
    e.new_baht,
    cast(e.new_baht - e.old_baht as decimal(18, 2)) as difference_baht,
    e.rule,
    e.doubt,
    case
        when e.rule = 'correction' then 'ตามทะเบียนแก้ไขที่ตัดสินแล้ว'
        when e.doubt is null then rule.title_th
        when e.doubt like 'may_be_project %' then concat('อาจเป็นโครงการที่ ', substr(e.doubt, 16), ' ซึ่งไม่พบในตารางของกองหรือพบไม่ครบทุกรายการ โปรดสอบถามกองก่อนเพิ่ม')
        when e.doubt like 'same_as_project %' then concat('เป็นเงินก้อนเดียวกับโครงการที่ ', substr(e.doubt, 17), ' โปรดตัดสินว่าโครงการใดเป็นเจ้าของเงิน แล้วแก้อีกโครงการเป็น 0.00')
        when e.doubt = 'no_listing' then 'ไม่พบรายการที่ตรงกันในตารางของกอง โปรดสอบถามกองเจ้าของโครงการ'
        when e.doubt = 'row_refused' then 'มีแถวในบัญชี e-PlanNACC ที่อ่านไม่ได้ โครงการนี้อาจเป็นแถวนั้น โปรดแก้แถวนั้นก่อน อย่าเพิ่มซ้ำ'
        when e.doubt = 'form_row_refused' then 'ไม่พบรายการที่ตรงกัน แต่มีแถวในตารางของกองที่อ่านไม่ได้ อาจเป็นแถวนั้น โปรดให้กองแก้แถวนั้นก่อน'
        when e.doubt like 'listing_missing %' then concat('ตารางจับคู่ระบุว่าโครงการนี้มีรายการ ', substr(e.doubt, 17), ' ด้วย แต่ไม่มีในตารางของกอง (ยังไม่ส่ง ถอนออก หรือแถวอ่านไม่ได้) ค่าที่เห็นอาจเป็นเพียงส่วนหนึ่ง โปรดขอรายการนั้นจากกอง หรือแก้การจับคู่ก่อน')
        when e.doubt = 'listing_shared' then 'รายการของกองนี้ตรงกับหลายโครงการใน e-PlanNACC โปรดสอบถามกองว่าเป็นของโครงการใด'
        when e.doubt = 'listing_contradiction' then 'รายการของโครงการนี้ในตารางของกองขัดแย้งกันเอง โปรดให้กองแก้ให้ตรงกันก่อน'
        when e.doubt = 'listings_alike' then 'รายการของโครงการนี้ในตารางของกองมียอดเท่ากัน และ e-PlanNACC แสดงผลรวม อาจเป็นส่วนที่เท่ากันของโครงการ หรือรายการเดียวที่กรอกซ้ำ โปรดสอบถามกองก่อน'
        when e.doubt = 'blank_in_form' then 'ตารางของกองเว้นว่างไว้ โปรดสอบถามกองว่าไม่มีจริงหรือลืมกรอก'
        else concat('ตารางของกองยังมีข้อที่ต้องแก้: ', coalesce(fault.title_th, e.doubt))
    end as reason_th,
    case
        when e.rule = 'correction' then 'As decided in the register of corrections'
        when e.doubt is null then rule.title_en
        when e.doubt like 'may_be_project %' then concat('It may be project ', substr(e.doubt, 16), ', of which no listing or not every one is in the forms. Ask the division before adding it.')
        when e.doubt like 'same_as_project %' then concat('The same money as project ', substr(e.doubt, 17), '. Decide which one owns it and set the other to 0.00.')
        when e.doubt = 'no_listing' then 'No listing of the division tables stands for it. Ask the division in charge.'
        when e.doubt = 'row_refused' then 'The e-PlanNACC list has a row that could not be read, which this may be. Have that row mended first; do not add it twice.'
        when e.doubt = 'form_row_refused' then 'No listing stands for it, but the forms have a row that could not be read, which may. Have that row mended first.'
        when e.doubt like 'listing_missing %' then concat('Listing ', substr(e.doubt, 17), ' is the project''s too, as reviewed, but not in the forms (not sent, withdrawn or not readable), so what they say may be a part. Get it from the division or mend the pair first.')
        when e.doubt = 'listing_shared' then 'The listing stands for several projects of the list. Ask the division whose it is.'
        when e.doubt = 'listing_contradiction' then 'The listings of this project contradict each other. Have the division make them agree first.'
        when e.doubt = 'listings_alike' then 'The listings of this project give the same amount, and e-PlanNACC shows their sum: they may be equal parts, or one listing keyed in twice. Ask the division first.'
        when e.doubt = 'blank_in_form' then 'The division left it blank. Ask whether there is none or it was forgotten.'
        else concat('The division''s line is still in question: ', coalesce(fault.title_en, e.doubt))
    end as reason_en,
    e.listing_code,
    e.listing_codes,
    bridge.match_method,
    e.division,
    e.eplan_source_file,
    e.eplan_source_sheet,
    e.eplan_cell,
    e.eplan_value_as_written,
    e.division_source_file,
    e.division_source_sheet,
    e.division_cell,
    e.division_value_as_written
from entry as e
left join {{ ref('finding_rule') }} as rule on e.rule = rule.rule
left join {{ ref('finding_rule') }} as fault on e.doubt = fault.rule
left join {{ rows_of_round(ref('bridge_listing_project')) }} as bridge
    on e.project_id = bridge.project_id and e.listing_code = bridge.listing_code
order by e.round_key, e.lgo_code, e.eplan_seq nulls last, e.listing_code, e.field, change_id
