"""Which names are those of one division."""

CLERKS_OFFICE = "สำนักปลัด"
# The clerk's office is the one division whose full name ends with the kind of its local government: forms leave
# it out as they like. The same names stand in macros/submissions.sql (clerks_office_names).
CLERKS_OFFICE_NAMES = frozenset(
    begin + of
    for begin in (CLERKS_OFFICE, "สำนักงานปลัด")
    for of in ("", "เทศบาล", "องค์การบริหารส่วนตำบล", "องค์การบริหารส่วนจังหวัด", "อบต.", "อบต", "อบจ.", "อบจ")
)


def as_one(division: str) -> str:
    """Return what tells a division from the others of its local government, however its name is written.

    >>> as_one("สำนักปลัด เทศบาล"), as_one("กอง ช่าง"), as_one("โรงเรียนเทศบาล 1")
    ('สำนักปลัด', 'กองช่าง', 'โรงเรียนเทศบาล1')
    """
    name = division.replace(" ", "")
    return CLERKS_OFFICE if name in CLERKS_OFFICE_NAMES else name
