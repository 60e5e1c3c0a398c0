with listing as (
    select distinct round_key, lgo_code, listing_code, listing_order
    from {{ ref('stg_division_listing') }}
    where listing_code is not null
),

-- A listing that no project claims is a project of its own, together with the other listings of it.
pair as (
    select listing.*, found.first_listing_code, found.eplan_seq, found.outcome, found.score
    from {{ ref('int_listing_match') }} as found
    inner join listing
        on found.round_key = listing.round_key
        and found.lgo_code = listing.lgo_code
        and found.listing_code = listing.listing_code
    where found.outcome <> 'proposed'
),

named as (
    select *, {{ project_id('round_key', 'lgo_code', 'eplan_seq', 'first_listing_code') }} as project_id
    from pair
),

-- Few projects of the list have several listings: amounts are read of those alone.
several as (
    select project_id, round_key, lgo_code, eplan_seq
    from named
    where eplan_seq is not null
    group by project_id, round_key, lgo_code, eplan_seq
    having count(*) > 1
),

listed_amount as (
    select
        several.project_id,
        coalesce(line.budget_plan_baht, 0) as budget_plan_baht,
        concat_ws(
            ' ', coalesce(line.budget_plan_baht, 0), coalesce(line.budget_ordinance_baht, 0), coalesce(line.disbursed_baht, 0)
        ) as amounts
    from several
    inner join named on several.project_id = named.project_id
    inner join {{ ref('stg_division_listing') }} as line
        on named.round_key = line.round_key
        and named.lgo_code = line.lgo_code
        and named.listing_code = line.listing_code
    qualify row_number() over (
        partition by several.project_id, line.listing_code
        order by line.source_file, line.source_sha256, line.source_sheet, line.source_row
    ) = 1
),

project_amount as (
    select several.project_id, project.budget_plan_baht
    from several
    inner join {{ ref('stg_eplan_project') }} as project
        on several.round_key = project.round_key
        and several.lgo_code = project.lgo_code
        and several.eplan_seq = project.eplan_seq
    qualify row_number() over (
        partition by several.project_id order by project.source_sheet, project.source_row
    ) = 1
),

-- Parts of a project, not the same money listed again: each has a plan budget, they are not all alike (two halves may
-- as well be one listing that was keyed in twice), and together they are what the list gives the project.
in_parts as (
    select listed_amount.project_id
    from listed_amount
    inner join project_amount on listed_amount.project_id = project_amount.project_id
    group by listed_amount.project_id, project_amount.budget_plan_baht
    having min(listed_amount.budget_plan_baht) > 0
        and count(distinct listed_amount.amounts) > 1
        and sum(listed_amount.budget_plan_baht) = project_amount.budget_plan_baht
)

select
    named.round_key,
    named.lgo_code,
    named.listing_code,
    named.listing_order,
    named.project_id,
    named.eplan_seq,
    row_number() over (
        partition by named.round_key, named.lgo_code, named.project_id order by named.listing_order, named.listing_code
    ) = 1 as is_primary_listing,
    in_parts.project_id is not null as is_part,
    row_number() over (
        partition by named.round_key, named.lgo_code, named.listing_code order by named.eplan_seq nulls last
    ) = 1 as is_primary_project,
    case when named.eplan_seq is not null then named.outcome end as match_method,
    cast(named.score as decimal(7, 1)) as match_score
from named
left join in_parts on named.project_id = in_parts.project_id
order by named.round_key, named.lgo_code, named.listing_order, named.eplan_seq
