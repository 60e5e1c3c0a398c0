{%- set columns = cell_of('m', 'm.project_name_cell', 'm.project_name_as_written') -%}
{%- do columns.update({
    'rule': "'match_proposed'",
    'subject_key': "case when m.subject = 'listing' then concat('L', m.listing_code) else concat('E', cast(m.eplan_seq as string)) end",
    'project_id': project_id('m.round_key', 'm.lgo_code', 'm.eplan_seq', "''"),
    'listing_code': 'm.listing_code',
    'eplan_seq': 'm.eplan_seq',
    'subject_th': "concat('โครงการที่ ', cast(m.eplan_seq as string), ' ', m.project_name)",
    'subject_en': "concat('Project ', cast(m.eplan_seq as string))",
    'found_th': "concat('รายการ ', m.listing_code, ' ', d.listing_name, ' (', d.source_file, ' ', coalesce(d.listing_text_cell, ''), ')')",
    'found_en': "concat('listing ', m.listing_code, ' (', d.source_file, ' ', coalesce(d.listing_text_cell, ''), ')')",
    'expected_th': "concat(cast(cast(m.score as decimal(7, 1)) as string), ' คะแนน')",
    'expected_en': "concat(cast(cast(m.score as decimal(7, 1)) as string), ' points')",
    'detail_th': "concat(" ~ match_evidence('m', 'th') ~ ", case when m.partner_eplan_seq is not null "
        ~ "then concat(' · รายการนี้จับคู่กับโครงการที่ ', cast(m.partner_eplan_seq as string), ' แล้ว') "
        ~ "when m.partner_listing_code is not null then concat(' · โครงการนี้จับคู่กับรายการ ', m.partner_listing_code, ' แล้ว') else '' end)",
    'detail_en': "concat(" ~ match_evidence('m', 'en') ~ ", case when m.partner_eplan_seq is not null "
        ~ "then concat(' · the listing is project ', cast(m.partner_eplan_seq as string), ' already') "
        ~ "when m.partner_listing_code is not null then concat(' · the project has listing ', m.partner_listing_code, ' already') else '' end)",
}) -%}

-- One finding per project (or listing) that waits for review: its likeliest partner, with what speaks for it. The
-- project is settled before the listing is looked up: of three tables at once DuckDB pairs every project of a local
-- government with every listing first.
with waiting as (
    select
        m.*,
        e.project_name, e.project_name_as_written, e.project_name_cell, {{ origin('e') }}
    from {{ ref('int_listing_match') }} as m
    inner join {{ ref('stg_eplan_project') }} as e
        on m.round_key = e.round_key and m.lgo_code = e.lgo_code and m.eplan_seq = e.eplan_seq
    where m.outcome = 'proposed' and m.rank = 1
    qualify row_number() over (
        partition by m.round_key, m.lgo_code, m.subject, m.eplan_seq, m.listing_code
        order by e.source_sheet, e.source_row
    ) = 1
)

select {{ finding_columns(columns) }}
from waiting as m
inner join {{ ref('stg_division_listing') }} as d
    on m.round_key = d.round_key and m.lgo_code = d.lgo_code and m.listing_code = d.listing_code
qualify row_number() over (
    partition by m.round_key, m.lgo_code, m.subject, m.eplan_seq, m.listing_code
    order by d.source_file, d.source_sha256, d.source_sheet, d.source_row
) = 1
