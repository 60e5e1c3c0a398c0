with entry as (
    select
        ranking.*,
        lgo.lgo_type,
        minimum.minimum_projects,
        cast(floor(ranking.implementation_pct * minimum.minimum_projects * 0.01 + 0.5) as int) as nearest_projects
    from {{ ref('stg_ranking') }} as ranking
    left join {{ ref('dim_round') }} as round on ranking.round_key = round.round_key
    left join {{ ref('dim_lgo') }} as lgo on ranking.lgo_code = lgo.lgo_code
    left join {{ ref('nacc_minimum') }} as minimum
        on lgo.lgo_type = minimum.lgo_type and round.plan_period = minimum.plan_period
),

level as (
    -- The same bytes may have been sent for two rounds, which have levels of their own.
    select
        entry.round_key,
        entry.source_sha256,
        entry.source_sheet,
        entry.source_row,
        max_by(level.level, level.lower_pct) as level_of_pct
    from entry
    inner join {{ ref('dim_round') }} as round on entry.round_key = round.round_key
    inner join {{ ref('implementation_level') }} as level
        on round.plan_period = level.plan_period
        and round.months = level.months
        and {{ reaches_level('entry.implementation_pct', '100', 'level.lower_pct') }}
    group by entry.round_key, entry.source_sha256, entry.source_sheet, entry.source_row
)

select
    entry.*,
    level.level_of_pct,
    case
        when entry.minimum_projects is null then null
        when entry.is_capped then entry.implementation_pct = 100
        else {{ percent('entry.nearest_projects', 'entry.minimum_projects') }} = entry.implementation_pct
    end as is_whole_projects
from entry
left join level
    on entry.round_key = level.round_key
    and entry.source_sha256 = level.source_sha256
    and entry.source_sheet = level.source_sheet
    and entry.source_row = level.source_row
