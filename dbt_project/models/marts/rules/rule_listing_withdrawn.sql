{%- set columns = {
    'rule': "'listing_withdrawn'",
    'round_key': 'c.round_key', 'lgo_code': 'c.lgo_code', 'division': 'c.division',
    'subject_key': 'c.row_key', 'listing_code': 'c.row_key',
    'source_file': 'c.before_file', 'source_sha256': 'c.before_sha256', 'source_sheet': 'c.before_sheet',
    'source_row': 'c.before_row', 'value_as_written': 'c.before_as_written',
    'subject_th': "concat('รายการ ', c.row_key, ' ', coalesce(c.before, ''))",
    'subject_en': "concat('Listing ', c.row_key)",
    'found_th': 'sent.source_file', 'found_en': 'sent.source_file',
    'expected_th': "'มีรายการนี้อยู่ หรือมีหนังสือยืนยันการถอน'", 'expected_en': "'the listing, or a word that it is withdrawn'",
} -%}

-- Gone in some later file of the division and not back, in no other division's form.
select {{ finding_columns(columns) }}
from {{ ref('submission_change') }} as c
inner join {{ ref('stg_submission') }} as sent on c.after_arrival_id = sent.arrival_id
left join {{ ref('stg_division_listing') }} as still
    on c.round_key = still.round_key and c.lgo_code = still.lgo_code and c.row_key = still.listing_code
where c.kind = 'division_listing'
    and c.change = 'removed'
    and still.listing_code is null
qualify row_number() over (
    partition by c.round_key, c.lgo_code, c.row_key order by c.after_arrival_id desc
) = 1
