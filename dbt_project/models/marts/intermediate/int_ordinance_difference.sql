-- For each ordinance figure of the official dimension table that the listings do not give: the one listing,
-- or else the two, whose ordinance is exactly the difference. A listing that e-PlanNACC carries without any
-- budget goes first, because leaving it out is then the likeliest cause.
with difference as (
    select
        stated.round_key,
        stated.lgo_code,
        stated.dimension,
        cast(computed.budget_ordinance_baht - stated.budget_ordinance_baht as decimal(18, 2)) as difference_baht
    from {{ ref('stg_eplan_dimension') }} as stated
    inner join {{ ref('dimension_summary') }} as computed
        on stated.round_key = computed.round_key
        and stated.lgo_code = computed.lgo_code
        and stated.dimension = computed.dimension
    where stated.budget_ordinance_baht <> computed.budget_ordinance_baht
),

candidate as (
    select
        *,
        case when coalesce(eplan_budget_baht, 0) = 0 then 0 else 1 end as unlikeliness,
        concat(
            listing_code, ' ', coalesce(listing_name, ''), ' (หลังโอน ', {{ format_baht('ordinance_baht') }},
            ' บาท เบิกจ่าย ', {{ format_baht('coalesce(division_disbursed_baht, 0)') }},
            ' บาท แต่ e-PlanNACC โครงการที่ ', cast(eplan_seq as string),
            ' บันทึกงบประมาณ ', {{ format_baht('coalesce(eplan_budget_baht, 0)') }},
            ' เบิกจ่าย ', {{ format_baht('coalesce(eplan_disbursed_baht, 0)') }}, ' บาท)'
        ) as words_th,
        concat(
            listing_code, ' (', {{ format_baht('ordinance_baht') }}, ' baht after transfers, ',
            {{ format_baht('coalesce(division_disbursed_baht, 0)') }}, ' disbursed; e-PlanNACC project ',
            cast(eplan_seq as string), ' carries ', {{ format_baht('coalesce(eplan_budget_baht, 0)') }}, ' and ',
            {{ format_baht('coalesce(eplan_disbursed_baht, 0)') }}, ')'
        ) as words_en
    from {{ ref('int_initial_ordinance') }}
    where ordinance_baht > 0
),

combination as (
    select
        round_key, lgo_code, dimension as dimension_a, dimension as dimension_b, listing_code as listing_codes,
        ordinance_baht, unlikeliness, 1 as size, eplan_seq as first_seq, 0 as second_seq, words_th, words_en
    from candidate
    union all
    select
        a.round_key, a.lgo_code, a.dimension, b.dimension, concat(a.listing_code, ', ', b.listing_code),
        cast(a.ordinance_baht + b.ordinance_baht as decimal(18, 2)), a.unlikeliness + b.unlikeliness, 2,
        a.eplan_seq, b.eplan_seq, concat(a.words_th, ' และ ', b.words_th), concat(a.words_en, ' and ', b.words_en)
    from candidate as a
    inner join candidate as b
        on a.round_key = b.round_key and a.lgo_code = b.lgo_code and a.eplan_seq < b.eplan_seq
)

select
    difference.round_key,
    difference.lgo_code,
    difference.dimension,
    difference.difference_baht,
    combination.listing_codes,
    combination.words_th,
    combination.words_en
from difference
left join combination
    on difference.round_key = combination.round_key
    and difference.lgo_code = combination.lgo_code
    and difference.difference_baht = combination.ordinance_baht
    and (
        difference.dimension = 'total'
        or (difference.dimension = combination.dimension_a and difference.dimension = combination.dimension_b)
    )
qualify row_number() over (
    partition by difference.round_key, difference.lgo_code, difference.dimension
    order by combination.size, combination.unlikeliness, combination.first_seq, combination.second_seq
) = 1
