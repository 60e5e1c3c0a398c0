{#- Of forms and lists submission_change says what differs; of the other kinds, what is compared of their rows. -#}
{%- set followed = ['division_listing', 'eplan_project'] -%}
{%- set figures = figures_of_exports() -%}
{%- set compared = {
    'crosswalk': ['eplan_seq', 'listing_code', 'decision'],
    'eplan_summary': figures['summary'],
    'eplan_dimension': ['dimension'] + figures['dimension'],
    'eplan_status': figures['status'],
} -%}
{%- set called = {
    'division_listing': ('แบบที่ไม่ระบุหน่วยงาน', 'A form that names no division'),
    'eplan_project': ('e-PlanNACC', 'e-PlanNACC'),
    'crosswalk': ('ตารางจับคู่', 'The crosswalk'),
    'eplan_summary': ('ตารางสรุปผลของ e-PlanNACC', 'The summary of e-PlanNACC'),
    'eplan_dimension': ('ตารางตามมิติของ e-PlanNACC', 'The dimension table of e-PlanNACC'),
    'eplan_status': ('ตารางสถานะของ e-PlanNACC', 'The status table of e-PlanNACC'),
} -%}
{%- set columns = {
    'rule': "'submissions_conflict'",
    'round_key': 'lost.round_key', 'lgo_code': 'lost.lgo_code', 'division': 'lost.division',
    'subject_key': "concat(lost.kind, '|', lost.slot)",
    'source_file': 'lost.source_file', 'source_sha256': 'lost.source_sha256',
    'subject_th': 'coalesce(lost.division, lost.called_th)', 'subject_en': 'coalesce(lost.division, lost.called_en)',
    'found_th': 'lost.source_file', 'found_en': 'lost.source_file',
    'expected_th': 'lost.counts_file', 'expected_en': 'lost.counts_file',
} -%}

-- Received in one run: one moment. What differs is what is read, not how it is written.
with lost as (
    select
        lost.round_key,
        lost.kind,
        lost.slot,
        lost.source_sha256,
        lost.source_file,
        lost.arrival_id,
        sent.lgo_code,
        sent.division,
        counts.arrival_id as counts_arrival_id,
        counts.source_sha256 as counts_sha256,
        counts.source_file as counts_file,
        {% for language in ['th', 'en'] -%}
        case lost.kind
            {% for kind, names in called.items() %}when '{{ kind }}' then '{{ names[1 if language == 'en' else 0] }}' {% endfor %}
        end as called_{{ language }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('stg_submission_part') }} as lost
    inner join {{ ref('stg_submission_part') }} as counts
        on counts.is_current and lost.round_key = counts.round_key and lost.kind = counts.kind and lost.slot = counts.slot
        and lost.received_at = counts.received_at
    inner join {{ ref('stg_submission') }} as sent on lost.arrival_id = sent.arrival_id
    where not lost.is_current and lost.kind in ('{{ called | join("', '") }}')
),

-- Each of the two files of a conflict, and what its rows say.
file as (
    select round_key, kind, slot, arrival_id, source_sha256 from lost
    union all
    select round_key, kind, slot, arrival_id, counts_sha256 from lost
),

said as (
    {% for kind, fields in compared.items() %}
    select distinct
        file.round_key, file.kind, file.slot, file.arrival_id, file.source_sha256,
        concat({% for field in fields %}coalesce(cast(r.{{ field }} as string), ''){{ ", '|', " if not loop.last }}{% endfor %}) as words
    from {{ source('accepted', kind) }} as r
    inner join file
        on file.kind = '{{ kind }}' and file.round_key = r.round_key and file.source_sha256 = r.source_sha256
        and file.slot = {{ submission_slot(kind, 'r') }}
    {% if kind == 'crosswalk' -%}
    where r.decision <> 'undecided'
    {% endif -%}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

differs as (
    select round_key, kind, slot, arrival_id
    from said
    group by round_key, kind, slot, arrival_id, words
    having count(*) = 1
    union
    select lost.round_key, lost.kind, lost.slot, lost.arrival_id
    from lost
    inner join {{ ref('submission_change') }} as c
        on lost.round_key = c.round_key and lost.kind = c.kind
        and c.after_arrival_id > lost.arrival_id and c.after_arrival_id <= lost.counts_arrival_id
        and coalesce(c.lgo_code, '') = coalesce(lost.lgo_code, '')
        and (c.kind <> 'division_listing' or coalesce({{ as_one_division('c') }}, '') = coalesce({{ as_one_division('lost') }}, ''))
    where lost.kind in ('{{ followed | join("', '") }}')
)

select {{ finding_columns(columns) }}
from lost
inner join differs
    on lost.round_key = differs.round_key and lost.kind = differs.kind and lost.slot = differs.slot
    and lost.arrival_id = differs.arrival_id
