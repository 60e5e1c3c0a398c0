from hypothesis import given
from hypothesis import strategies as st

from orchestration.spreadsheets import thai


def test_digits_of_three_scripts_become_arabic():
    assert thai.arabic_digits("๑,๐๗๒,๕๐๐.๒๕ และ １２") == "1,072,500.25 และ 12"


def test_wrapped_header_equals_the_unwrapped_one():
    assert thai.key("ไม่ใช้\n งบประมาณ") == thai.key("ไม่ใช้งบประมาณ")


def test_sara_am_in_all_its_spellings():
    assert thai.clean("น\u0e4d\u0e49\u0e32") == "น้ำ"
    assert thai.clean("ทํางาน") == "ทำงาน"


def test_sara_am_is_not_taken_apart():
    assert thai.clean("ำ") == "ำ"


def test_invisible_characters_go():
    assert thai.clean("\ufeffมิติ\u200b ") == "มิติ"


def test_names_that_differ_in_tone_marks():
    assert thai.without_tone_marks("นาทามใต้") == thai.without_tone_marks("นาท่ามใต้")
    assert thai.without_tone_marks("นาท่ามใต้") != thai.without_tone_marks("นาท่ามเหนือ")


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    assert thai.clean(thai.clean(text)) == thai.clean(text)


def test_control_characters_are_left_out():
    assert thai.clean("A\0B\aC") == "ABC"
    assert thai.clean("ก\0ข\x9fค  ง") == "กขค ง"
