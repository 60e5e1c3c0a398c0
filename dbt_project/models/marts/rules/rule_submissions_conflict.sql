{%- set columns = {
    'rule': "'submissions_conflict'",
    'round_key': 'lost.round_key', 'lgo_code': 'sent.lgo_code', 'division': 'sent.division',
    'subject_key': "concat(lost.kind, '|', lost.slot)",
    'source_file': 'lost.source_file', 'source_sha256': 'lost.source_sha256',
    'subject_th': "coalesce(sent.division, case when lost.kind = 'eplan_project' then 'e-PlanNACC' end,"
        ~ " 'แบบที่ไม่ระบุหน่วยงาน')",
    'subject_en': "coalesce(sent.division, case when lost.kind = 'eplan_project' then 'e-PlanNACC' end,"
        ~ " 'A form that names no division')",
    'found_th': 'lost.source_file', 'found_en': 'lost.source_file',
    'expected_th': 'counts.source_file', 'expected_en': 'counts.source_file',
} -%}

-- Received in one run: one moment. What differs is what is read, not how it is written.
select {{ finding_columns(columns) }}
from {{ ref('stg_submission_part') }} as lost
inner join {{ ref('stg_submission_part') }} as counts
    on counts.is_current and lost.round_key = counts.round_key and lost.kind = counts.kind and lost.slot = counts.slot
    and lost.received_at = counts.received_at
inner join {{ ref('stg_submission') }} as sent on lost.arrival_id = sent.arrival_id
where not lost.is_current
    and lost.kind in ('division_listing', 'eplan_project')
    and exists (
        select 1
        from {{ ref('submission_change') }} as c
        where c.round_key = lost.round_key and c.kind = lost.kind
            and c.after_arrival_id > lost.arrival_id and c.after_arrival_id <= counts.arrival_id
            and coalesce(c.lgo_code, '') = coalesce(sent.lgo_code, '')
            and (c.kind <> 'division_listing' or coalesce({{ as_one_division('c') }}, '') = coalesce({{ as_one_division('sent') }}, ''))
    )
