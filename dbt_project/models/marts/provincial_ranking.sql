with computed as (
    select
        summary.round_key,
        lgo.province_code,
        summary.lgo_code,
        summary.implementation_pct,
        summary.implementation_is_capped as is_capped,
        summary.implementation_level as level,
        {{ exact_fraction('summary.initial_done', 'summary.minimum_projects') }} as fraction
    from {{ ref('round_summary') }} as summary
    inner join {{ ref('dim_lgo') }} as lgo on summary.lgo_code = lgo.lgo_code
),

-- A row without a percent stands in the export and says nothing.
published as (
    select
        ranking.round_key,
        ranking.province_code,
        ranking.lgo_code,
        ranking.lgo_name,
        ranking.district,
        ranking.lgo_name_cell,
        ranking.implementation_pct,
        case when ranking.implementation_pct is not null then ranking.is_capped end as is_capped,
        case when ranking.implementation_pct is not null then ranking.implementation_level end as implementation_level,
        case
            when ranking.implementation_pct is null then null
            when ranking.is_capped then 10000000000
            when ranking.is_whole_projects
            then {{ exact_fraction('ranking.nearest_projects', 'ranking.minimum_projects') }}
        end as fraction
    from {{ ref('int_ranking') }} as ranking
    qualify row_number() over (
        partition by ranking.round_key, ranking.province_code, {{ ranked_lgo('ranking') }}
        order by {{ first_ranked('ranking') }}
    ) = 1
),

-- Whoever is expected to report, in every round in which anybody did.
expected as (
    select round.round_key, lgo.province_code, lgo.lgo_code
    from (select distinct round_key from {{ ref('stg_submission') }}) as round
    cross join {{ ref('dim_lgo') }} as lgo
    where lgo.is_in_scope
),

-- What the list gives goes first; where it gives no percent, the published one stands.
entry as (
    select
        coalesce(expected.round_key, computed.round_key, published.round_key) as round_key,
        coalesce(expected.province_code, computed.province_code, published.province_code) as province_code,
        coalesce(expected.lgo_code, computed.lgo_code, published.lgo_code) as lgo_code,
        published.lgo_name as printed_name,
        published.district as printed_district,
        published.lgo_name_cell as printed_cell,
        computed.lgo_code is not null or published.implementation_pct is not null as has_reported,
        case
            when computed.implementation_pct is not null then 'computed'
            when published.implementation_pct is not null then 'published'
            when computed.lgo_code is not null then 'computed'
        end as basis,
        coalesce(computed.implementation_pct, published.implementation_pct) as implementation_pct,
        case when computed.implementation_pct is not null then computed.is_capped else published.is_capped end as is_capped,
        case
            when computed.implementation_pct is not null then computed.level else published.implementation_level
        end as level,
        case when computed.implementation_pct is not null then computed.fraction else published.fraction end as fraction,
        computed.implementation_pct as computed_pct,
        published.implementation_pct as published_pct
    from expected
    full outer join computed
        on expected.round_key = computed.round_key
        and expected.lgo_code = computed.lgo_code
    full outer join published
        on coalesce(expected.round_key, computed.round_key) = published.round_key
        and coalesce(expected.province_code, computed.province_code) = published.province_code
        and coalesce(expected.lgo_code, computed.lgo_code) = published.lgo_code
),

named as (
    select
        entry.*,
        coalesce(lgo.lgo_name, entry.printed_name) as lgo_name,
        coalesce(lgo.district, entry.printed_district) as district,
        lgo.lgo_type,
        -- Where only the printed percent is known, it is the highest fraction that is printed so, if there is one.
        coalesce(
            entry.fraction,
            max(entry.fraction) over (
                partition by entry.round_key, entry.province_code, entry.implementation_pct
            ),
            cast(entry.implementation_pct * 100000000 as bigint)
        ) as compared_fraction
    from entry
    left join {{ ref('dim_lgo') }} as lgo on entry.lgo_code = lgo.lgo_code
),

ranked as (
    select
        *,
        md5(concat(
            round_key, '|', province_code, '|', coalesce(lgo_code, ''), '|',
            case
                when lgo_code is null
                then concat(coalesce(lgo_name, ''), '|', coalesce(district, printed_cell, ''))
                else ''
            end
        )) as ranking_id,
        {% for within, columns in {
            'province': 'round_key, province_code',
            'district': 'round_key, province_code, district',
            'type': 'round_key, province_code, lgo_type',
        }.items() %}
        case when implementation_pct is not null then cast(
            rank() over (partition by {{ columns }} order by compared_fraction desc nulls last) as int
        ) end as rank_in_{{ within }},
        {% endfor %}
        case when implementation_pct is not null then cast(
            count(implementation_pct) over (partition by round_key, province_code) as int
        ) end as ranked_in_province
    from named
),

-- Places are gained among those whose percent is known in both rounds: who is known in one of them alone passes nobody,
-- and where nobody else is known in both there is nobody to pass.
{% for earlier in ['previous', 'year_before'] %}
since_{{ earlier }} as (
    select
        ranked.ranking_id,
        case
            when count(*) over (partition by ranked.round_key, ranked.province_code) > 1
            then cast(
                rank() over (
                    partition by ranked.round_key, ranked.province_code
                    order by earlier.compared_fraction desc nulls last
                )
                - rank() over (
                    partition by ranked.round_key, ranked.province_code
                    order by ranked.compared_fraction desc nulls last
                ) as int
            )
        end as places_gained
    from ranked
    inner join {{ ref('dim_round') }} as round on ranked.round_key = round.round_key
    inner join ranked as earlier
        on round.{{ earlier }}_round_key = earlier.round_key
        and ranked.province_code = earlier.province_code
        and ranked.lgo_code = earlier.lgo_code
    where ranked.implementation_pct is not null and earlier.implementation_pct is not null
){% if not loop.last %},{% endif %}
{% endfor %}

select
    ranked.ranking_id,
    ranked.round_key,
    ranked.province_code,
    province.name_th as province,
    ranked.district,
    ranked.lgo_code,
    ranked.lgo_name,
    ranked.lgo_type,
    ranked.has_reported,
    ranked.implementation_pct,
    ranked.is_capped,
    ranked.level,
    level.level_th,
    ranked.rank_in_province,
    ranked.rank_in_district,
    case when ranked.lgo_type is not null then ranked.rank_in_type end as rank_in_type,
    ranked.basis,
    ranked.computed_pct,
    ranked.published_pct,
    ranked.computed_pct = ranked.published_pct as published_agrees,
    previous.rank_in_province as previous_rank,
    since_previous.places_gained as rank_change,
    year_before.rank_in_province as year_before_rank,
    since_year_before.places_gained as rank_change_on_year,
    ranked.ranked_in_province
from ranked
left join {{ ref('dim_round') }} as round on ranked.round_key = round.round_key
left join {{ ref('province') }} as province on ranked.province_code = province.province_code
left join {{ ref('implementation_level') }} as level
    on round.plan_period = level.plan_period and round.months = level.months and ranked.level = level.level
left join ranked as previous
    on round.previous_round_key = previous.round_key
    and ranked.province_code = previous.province_code
    and ranked.lgo_code = previous.lgo_code
left join ranked as year_before
    on round.year_before_round_key = year_before.round_key
    and ranked.province_code = year_before.province_code
    and ranked.lgo_code = year_before.lgo_code
left join since_previous on ranked.ranking_id = since_previous.ranking_id
left join since_year_before on ranked.ranking_id = since_year_before.ranking_id
order by ranked.round_key, ranked.province_code, ranked.rank_in_province, ranked.lgo_code, ranked.ranking_id
