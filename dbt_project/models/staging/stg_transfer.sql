select
    r.round_key,
    r.lgo_code,
    {{ origin('r') }},
    r.listing_code,
    r.transfer_seq,
    r.direction,
    r.amount_baht,
    r.word,
    r.as_written,
    r.cell
from {{ rows_of_standing_files('transfer') }}
