select
    md5(concat(line.line_id, '|', coalesce(t.cell, ''), '|', cast(t.transfer_seq as string))) as movement_id,
    line.line_id,
    line.round_key,
    line.lgo_code,
    line.project_id,
    line.listing_code,
    line.division_id,
    t.transfer_seq,
    t.direction,
    t.amount_baht,
    t.word,
    t.as_written,
    {{ origin('t') }},
    t.cell
from {{ ref('stg_transfer') }} as t
inner join {{ ref('fct_budget') }} as line
    on line.source = 'division'
    and t.round_key = line.round_key
    and t.lgo_code = line.lgo_code
    and t.source_sha256 = line.source_sha256
    and t.source_sheet = line.source_sheet
    and t.source_row = line.source_row
order by line.round_key, line.lgo_code, t.source_file, t.source_row, t.transfer_seq, movement_id
