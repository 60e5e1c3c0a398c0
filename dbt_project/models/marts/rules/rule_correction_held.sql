-- The latest row that could be read about the same figure, in a register that counts or in one replaced since.
with earlier as (
    select
        h.*,
        r.side,
        r.what,
        r.field,
        r.old_value,
        r.new_value,
        r.source_file as earlier_file,
        r.source_row as earlier_row
    from {{ ref('stg_refused_correction') }} as h
    inner join (
        select r.*, part.arrival_id
        from {{ source('accepted', 'correction') }} as r
        inner join {{ ref('stg_submission_part') }} as part
            on part.kind = 'correction' and r.round_key = part.round_key and r.source_sha256 = part.source_sha256
            and r.source_file = part.slot
    ) as r
        on h.target = concat(r.round_key, ':', r.lgo_code, ':', r.side, ':', r.what, ':', r.field)
        and {{ is_later_correction('h', 'r') }}
    qualify row_number() over (
        partition by h.source_sha256, h.source_sheet, h.source_row
        order by r.decided_on desc, r.arrival_id desc, r.source_row desc
    ) = 1
)

select
    {{ correction_finding('correction_held', {
        'division': 'cast(null as string)',
        'subject_key': 'c.target',
        'source_cell': 'c.cell', 'value_as_written': 'c.value_as_written',
        'found_th': "concat('แฟ้ม ', c.source_file, ' แถว ', cast(c.source_row as string), ' เซลล์ ', coalesce(c.cell, '-'),"
            ~ " ' (', coalesce(c.value_as_written, 'ว่าง'), ')')",
        'found_en': "concat(c.source_file, ' row ', cast(c.source_row as string), ' cell ', coalesce(c.cell, '-'),"
            ~ " ' (', coalesce(c.value_as_written, 'nothing'), ')')",
        'expected_th': "concat('แฟ้ม ', c.earlier_file, ' แถว ', cast(c.earlier_row as string), ' (',"
            ~ " coalesce(c.old_value, 'ว่าง'), ' → ', coalesce(c.new_value, 'ว่าง'), ')')",
        'expected_en': "concat(c.earlier_file, ' row ', cast(c.earlier_row as string), ' (',"
            ~ " coalesce(c.old_value, 'nothing'), ' → ', coalesce(c.new_value, 'nothing'), ')')",
    }) }}
from earlier as c
left join {{ ref('stg_correction') }} as counting
    on c.target = concat(
        counting.round_key, ':', counting.lgo_code, ':', counting.side, ':', counting.what, ':', counting.field
    )
    and counting.outcome not in ('replaced', 'held')
where counting.correction_id is null
