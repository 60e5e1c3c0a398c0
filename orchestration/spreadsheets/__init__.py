"""From the bytes that somebody sent to typed rows, each with the cell that it came from.

Nothing here knows Dagster, dbt or a database. In the order in which a file passes through:
`guard` (what must not be opened), `readers` (bytes to grids of text; `pdf` its tables, `unseen` what a grid does
not say), `headings` (whose file, which round), `headers` (which table stands
where), `outside` (listings in none of them), `values` and `transfers` (what a cell means), `parse` (all of it
together). What differs between forms is data in `layouts/`.
"""

# Sheets that a workbook sent back for correction has beside the sender's own table. When it comes in again,
# what stands there is no data.
RETURN_SHEETS = ("คำแนะนำ", "สิ่งที่ต้องแก้ไข")
