-- The macro percent rounds half up once, without binary floating point. Returns the cases that it gets wrong.
with example as (
    select 1 as id, cast(1.00 as decimal(18, 2)) as numerator, cast(8.00 as decimal(18, 2)) as denominator,
        cast(12.50 as decimal(7, 2)) as expected
    union all select 2, 107.00, 4000.00, 2.68            -- 2.675
    union all select 3, 1.00, 800.00, 0.13               -- 0.125
    union all select 4, 201.00, 20000.00, 1.01           -- 1.005
    union all select 5, 32.00, 35.00, 91.43
    union all select 6, 2932164.35, 6050000.00, 48.47
    union all select 7, 799.96, 1000.00, 80.00           -- 79.996
    union all select 8, 999999999999.99, 999999999999.99, 100.00
    union all select 9, 0.00, 5.00, 0.00
    union all select 10, -107.00, 4000.00, -2.68
    union all select 11, 5.00, 0.00, null
    union all select 12, 5.00, null, null
    union all select 13, null, 5.00, null
    union all select 14, 942154.25, 1.00, null           -- does not fit into decimal(7,2)
),

computed as (
    select *, {{ percent('numerator', 'denominator') }} as computed
    from example
)

select *
from computed
where coalesce(cast(computed as string), '-') <> coalesce(cast(expected as string), '-')
