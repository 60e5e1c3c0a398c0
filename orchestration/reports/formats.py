"""How figures, dates and codes are worded in every report: one function per kind of value.

Text in, text out; nothing here reads the warehouse or knows a file format.
"""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

NOTHING = "–"

MONTHS_TH = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")

MONTHS_TH_LONG = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip

THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")

# Control characters that XML cannot hold, and those that turn the writing direction of what follows.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]"
)
# Long runs without a place to break: not Thai, or the same few letters again and again.
UNBROKEN = re.compile(r"[^\s\u0e00-\u0e7f\u200b]{24,}|(\S{1,4}?)\1{12,}")

# Never before a vowel or mark that stands on the letter in front of it.
PIECES = re.compile("(?s).{1,3}[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e\u0300-\u036f\u200d\ufe0f]*")

LEVELS = {"high": ("มาก", "high"), "medium": ("ปานกลาง", "medium"), "low": ("น้อย", "low")}

# The e-PlanNACC wording; the division form's own words are the headings of its columns.
STATUSES = {
    "awaiting_report": ("รอรายงาน", "awaiting report"),
    "in_progress": ("อยู่ระหว่างดำเนินการ", "in progress"),
    "completed": ("ดำเนินการแล้วเสร็จ", "completed"),
    "unable": ("ไม่สามารถดำเนินการได้", "unable"),
}

# Worst first: the order in which findings are listed.
SEVERITIES = {
    "critical": ("ร้ายแรง", "critical"),
    "error": ("ผิดพลาด", "error"),
    "warning": ("ควรตรวจสอบ", "warning"),
    "info": ("เพื่อทราบ", "info"),
}

OUTCOMES = {
    "accepted": ("รับแล้ว", "accepted"),
    "partly_accepted": ("รับบางส่วน", "partly accepted"),
    "quarantined": ("กักไว้ ไม่นำเข้า", "quarantined"),
}

AGREEMENTS = {
    "agrees": ("ตรงกัน", "agrees"),
    "differs": ("ไม่ตรง", "differs"),
    "unknown": ("ไม่มีตัวเทียบ", "nothing to compare with"),
}

NOT_REPORTED = "ยังไม่รายงาน"

# Why two sides cannot be compared, by the side of which nothing has arrived that could be used.
MISSING_SIDES = {
    "division": ("ยังไม่มีแบบของหน่วยงานที่รับได้แม้แต่แบบเดียว", "no usable division form has arrived"),
    "eplan": ("ยังไม่มีรายการ e-PlanNACC ที่รับได้", "no usable e-PlanNACC list has arrived"),
    "both": (
        "ยังไม่มีทั้งแบบของหน่วยงานและรายการ e-PlanNACC ที่รับได้",
        "neither a usable division form nor a usable e-PlanNACC list has arrived",
    ),
}

BASES = {
    "computed": ("คำนวณจากรายการโครงการ", "computed"),
    "published": ("ตามที่ประกาศ", "published"),
}

KINDS = {
    "division_listing": "ตารางติดตามของกอง",
    "eplan_project": "รายการโครงการ e-PlanNACC",
    "eplan_summary": "สรุปผล e-PlanNACC",
    "eplan_dimension": "ผลตามมิติ e-PlanNACC",
    "eplan_status": "สถานะโครงการ e-PlanNACC",
    "ranking": "ลำดับระดับจังหวัด",
    "ranking_count": "จำนวน อปท. ตามระดับ",
    "crosswalk": "ตารางจับคู่โครงการ",
    "correction": "ทะเบียนแก้ไข",
}

FIELDS = {
    "listing_text": "โครงการ/กิจกรรม/มาตรการ",
    "project_name": "รายการโครงการ",
    "dimension_text": "มิติ",
    "budget_plan_baht": "งบประมาณตามแผน",
    "budget_ordinance_baht": "งบประมาณตามข้อบัญญัติ/เทศบัญญัติ",
    "transfer_in_baht": "โอนเพิ่ม",
    "transfer_out_baht": "โอนลด",
    "disbursed_baht": "เบิกจ่าย",
    "remaining_baht": "คงเหลือ",
    "no_budget": "ไม่ใช้งบประมาณ",
    "awaiting_report": "รอรายงาน",
    "in_progress": "อยู่ระหว่างดำเนินการ",
    "completed": "แล้วเสร็จ",
    "unable": "ไม่ได้ดำเนินการ",
    "remark": "หมายเหตุ",
    "status": "สถานะ",
}

CORRECTION_OUTCOMES = {
    "applied": ("แก้แล้ว", "applied"),
    "guard_failed": ("ไม่ได้แก้ ค่าเดิมไม่ตรง", "not applied: the old value is gone"),
    "expired": ("หมดอายุ", "expired"),
    "held": ("ระงับ อ่านแถวใหม่ไม่ได้", "held back: a later row cannot be read"),
    "replaced": ("มีแถวใหม่แทน", "replaced by a later row"),
}


# Where the ledger says that a file came from.
ORIGINS = {
    "drop folder": ("โฟลเดอร์รับแฟ้ม", "drop folder"),
    "eplannacc http": ("e-PlanNACC (HTTP)", "fetched from e-PlanNACC over HTTP"),
    "sample": ("แฟ้มตัวอย่าง", "sample"),
}


def baht(value: Decimal | float | None) -> str:
    """Money with thousands and two decimals: ``1,072,500.00``; a blank amount is a dash."""
    return NOTHING if value is None else f"{value:,.2f}"


def count(value: int | None) -> str:
    """A whole number with thousands."""
    return NOTHING if value is None else f"{value:,}"


def percent(value: Decimal | float | None, capped: bool | None = False) -> str:
    """A percent as e-PlanNACC prints it: ``91.43``, ``*100.00`` where it was capped."""
    return NOTHING if value is None else f"{'*' if capped else ''}{value:.2f}"


def thai_date(value: date | datetime | None) -> str:
    """A day in the Buddhist era: ``30 ก.ย. 2566``."""
    return NOTHING if value is None else f"{value.day} {MONTHS_TH[value.month - 1]} {value.year + 543}"


def thai_day(value: date | datetime | None) -> str:
    """A day in the Buddhist era as letters write it: ``30 กันยายน 2566``."""
    return NOTHING if value is None else f"{value.day} {MONTHS_TH_LONG[value.month - 1]} {value.year + 543}"


def thai_digits(text: str) -> str:
    """A text with Thai digits: ``๙๑.๔๓``."""
    return text.translate(THAI_DIGITS)


def plain(text: str) -> str:
    """A text without the characters that no printed page can hold; line breaks and tabs stay."""
    return UNPRINTABLE.sub("", text)


def breakable(text: str) -> str:
    """A text with places to break (U+200B) in runs that no dictionary of words would break."""
    return UNBROKEN.sub(lambda run: "\u200b".join(PIECES.findall(run[0])), text)


def thai_time(value: datetime | None) -> str:
    """A day and minute in the Buddhist era: ``30 ก.ย. 2566 16:05 น.``."""
    return NOTHING if value is None else f"{thai_date(value)} {value:%H:%M} น."


def word(words: dict[str, tuple[str, str]], code: str | None) -> str:
    """The Thai word of a code; the code itself where the vocabulary has grown past this module."""
    if code is None:
        return NOTHING
    return words[code][0] if code in words else code


def severity_rank(code: str | None) -> int:
    """Sort key of a severity, worst first; unknown ones come right after the known."""
    return list(SEVERITIES).index(code) if code in SEVERITIES else len(SEVERITIES)


def nothing_differs(missing: str | None) -> tuple[str, str]:
    """What stands where no difference was found: that there is none, or which of MISSING_SIDES is missing."""
    if missing is None:
        return "ข้อมูลสองฝั่งตรงกัน", "Both sides agree."
    th, en = MISSING_SIDES[missing]
    return f"ไม่มีข้อมูลให้เทียบ: {th}", f"Nothing to compare: {en}."


def origin(code: str | None) -> str:
    """Where a file came from, in Thai."""
    return word(ORIGINS, code)


def kinds(codes: str | None) -> str:
    """The ledger's comma list of table kinds in Thai."""
    if not codes:
        return NOTHING
    return ", ".join(KINDS.get(code.strip(), code.strip()) for code in codes.split(","))


def number_of(value: Any) -> Decimal | None:
    """The number that a value is or spells, else None."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Decimal(value)
    try:
        return Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None


def figure(value: Any, unit: str | None = None) -> str:
    """A published, computed or compared figure, which the warehouse keeps as text.

    ``unit`` is baht, percent or the name of what was counted; without one, decimals mean money.
    """
    if value is None or value == "":
        return NOTHING
    number = number_of(value)
    if number is None or not number.is_finite():
        return word(STATUSES, value) if value in STATUSES else word(LEVELS, str(value))
    if unit == "percent":
        return percent(number)
    if unit == "baht" or number != number.to_integral_value() or "." in str(value):
        return baht(number)
    return count(int(number))
