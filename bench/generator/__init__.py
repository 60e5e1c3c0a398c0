"""A nation to test with: seeded submissions of many local governments, and what has to be found in them.

`world` is the truth of one local government and year, `figures` what e-PlanNACC shows of it, `faults` plants
mistakes and says what must be found, `sheets` lays tables out as offices do, `files` turns them into bytes,
`generate` writes whole rounds. Amounts are whole satang (int) everywhere; only cells hold baht. Needs the
development dependencies.
"""
