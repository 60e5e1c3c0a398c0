with computed as (
    select
        summary.round_key,
        lgo.province_code,
        summary.lgo_code,
        lgo.lgo_name,
        lgo.district,
        summary.implementation_pct,
        summary.implementation_is_capped as is_capped,
        summary.implementation_level as level
    from {{ ref('round_summary') }} as summary
    inner join {{ ref('dim_lgo') }} as lgo on summary.lgo_code = lgo.lgo_code
),

published as (
    select
        ranking.round_key,
        ranking.province_code,
        ranking.lgo_code,
        coalesce(lgo.lgo_name, ranking.lgo_name) as lgo_name,
        coalesce(lgo.district, ranking.district) as district,
        ranking.implementation_pct,
        ranking.is_capped,
        ranking.implementation_level as level
    from {{ ref('int_ranking') }} as ranking
    left join {{ ref('dim_lgo') }} as lgo on ranking.lgo_code = lgo.lgo_code
    qualify row_number() over (
        partition by ranking.round_key, ranking.province_code,
            coalesce(ranking.lgo_code, concat(coalesce(ranking.lgo_name, ''), '|', coalesce(ranking.district, '')))
        order by ranking.ranking_seq
    ) = 1
),

-- What the list gives goes first; where it gives no percent, the published one stands.
entry as (
    select
        coalesce(computed.round_key, published.round_key) as round_key,
        coalesce(computed.province_code, published.province_code) as province_code,
        coalesce(computed.lgo_code, published.lgo_code) as lgo_code,
        coalesce(computed.lgo_name, published.lgo_name) as lgo_name,
        coalesce(computed.district, published.district) as district,
        case
            when computed.implementation_pct is not null then 'computed'
            when published.implementation_pct is not null then 'published'
            else 'computed'
        end as basis,
        coalesce(computed.implementation_pct, published.implementation_pct) as implementation_pct,
        case when computed.implementation_pct is not null then computed.is_capped else published.is_capped end as is_capped,
        case when computed.implementation_pct is not null then computed.level else published.level end as level,
        published.implementation_pct as published_pct
    from computed
    full outer join published
        on computed.round_key = published.round_key
        and computed.province_code = published.province_code
        and computed.lgo_code = published.lgo_code
),

ranked as (
    select
        *,
        md5(concat(
            round_key, '|', province_code, '|', coalesce(lgo_code, ''), '|',
            case when lgo_code is null then concat(coalesce(lgo_name, ''), '|', coalesce(district, '')) else '' end
        )) as ranking_id,
        case when implementation_pct is not null then cast(
            rank() over (partition by round_key, province_code order by implementation_pct desc nulls last) as int
        ) end as rank_in_province,
        case when implementation_pct is not null then cast(
            rank() over (partition by round_key, province_code, district order by implementation_pct desc nulls last)
            as int
        ) end as rank_in_district
    from entry
)

select
    ranked.ranking_id,
    ranked.round_key,
    ranked.province_code,
    province.name_th as province,
    ranked.district,
    ranked.lgo_code,
    ranked.lgo_name,
    ranked.implementation_pct,
    ranked.is_capped,
    ranked.level,
    level.level_th,
    ranked.rank_in_province,
    ranked.rank_in_district,
    ranked.basis,
    ranked.published_pct,
    previous.rank_in_province as previous_rank,
    previous.rank_in_province - ranked.rank_in_province as rank_change
from ranked
left join {{ ref('dim_round') }} as round on ranked.round_key = round.round_key
left join {{ ref('province') }} as province on ranked.province_code = province.province_code
left join {{ ref('implementation_level') }} as level on round.months = level.months and ranked.level = level.level
left join ranked as previous
    on round.previous_round_key = previous.round_key
    and ranked.province_code = previous.province_code
    and ranked.lgo_code = previous.lgo_code
order by ranked.round_key, ranked.province_code, ranked.rank_in_province, ranked.lgo_code, ranked.ranking_id
