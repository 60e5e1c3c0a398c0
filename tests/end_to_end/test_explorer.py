"""The explorer in a real browser: what is clicked leads to cells, parts make figures, nothing leaves the page."""

import ctypes
import re
import shutil

import duckdb
import pytest

from tests.conftest import ROUND

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def what_is_missing():
    """Return what a machine lacks to drive a browser, or None."""
    if BROWSER is None:
        return "no Chromium on this machine (Debian package: chromium)"
    try:
        # Playwright brings a Node that needs it, and the smallest machines have it not.
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return "no libatomic.so.1 on this machine, which Playwright needs (Debian package: libatomic1)"
    return None


MISSING = what_is_missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


class Page:
    """The explorer opened in a tab, with everything that it said and asked for."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        self.tab = self.context.new_page()
        self.said, self.asked = [], []
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.url = path.as_uri()
        self.tab.goto(self.url)
        self.tab.wait_for_function("document.documentElement.dataset.ready")

    def draw_everything(self):
        """Draw the charts that have not been scrolled to, as printing does."""
        self.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        self.tab.wait_for_function("[...document.querySelectorAll('.chart')].every(c => c.querySelector('svg'))")

    def open(self, figure):
        """Click a figure; return the text of the dialog."""
        self.tab.locator(f'[data-figure="{figure}"]').first.click()
        return self.tab.locator("#detail").inner_text()


@pytest.fixture(scope="module")
def explorer(installation):
    return installation.home / "reports" / ROUND / "current" / "explorer.html"


@pytest.fixture
def page(browser, explorer):
    page = Page(browser, explorer)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def opened_once(browser, explorer):
    page = Page(browser, explorer)
    yield page
    page.context.close()


@pytest.fixture
def read_only(opened_once):
    """One page for all tests that open figures and change nothing else; no dialog is open."""
    yield opened_once
    opened_once.tab.keyboard.press("Escape")


def test_nothing_is_asked_for_and_nothing_is_complained_about(page):
    page.draw_everything()
    assert page.asked == [page.url]
    assert page.said == []


def test_from_942154_25_to_its_three_cells(page):
    """The reference round: listing 1.1.2 and the e-PlanNACC projects 3 and 35 all state this amount."""
    page.tab.fill("#projects input[type=search]", "942,154.25")
    buttons = page.tab.locator("#projects .figure", has_text="942,154.25")
    found = set()
    for n in range(buttons.count()):
        buttons.nth(n).click()
        text = page.tab.locator("#detail tbody tr").first.inner_text()
        found.add(re.search(r"แผ่นงาน (.+?) เซลล์ (\w+)", text).groups())
        page.tab.keyboard.press("Escape")
    assert {cell for _, cell in found} == {"F9", "E6", "E50"}


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        # The published report: summary table, and the dimension table of the initial projects.
        ("budget_baht", "6,050,000.00"),
        ("disbursed_baht", "2,932,164.35"),
        ("completed", "77"),
        ("unable", "4"),
        ("dimension-1-plan", "1,500,000.00"),
        ("dimension-1-ordinance", "1,322,500.00"),
        ("dimension-1-disbursed", "982,154.25"),
        ("dimension-total-ordinance", "1,352,500.00"),
    ],
)
def test_a_figure_opens_the_lines_that_add_up_to_it(read_only, figure, shown):
    text = read_only.open(figure)
    assert shown in text
    assert read_only.tab.locator("#detail [data-adds-up=true]").count() == 1
    assert read_only.tab.locator("#detail tbody code").count() > 3


def test_an_ordinance_budget_leads_to_the_cells_of_its_transfers_too(read_only):
    """Listing 1.1.2: 800,000 in E9, and 272,500 more by its remark in L9 of the same form."""
    read_only.open("dimension-1-ordinance")
    rows = read_only.tab.locator("#detail tbody tr", has_text="โครงการอบรมสัมมนา").all_inner_texts()
    [budget], [transfer] = (
        [row for row in rows if amount in row] for amount in ("\t800,000.00\t", "\t272,500.00\t")
    )
    assert budget.endswith("เซลล์ E9") and transfer.endswith("เซลล์ L9")
    assert "โอนเพิ่ม" in transfer and "800,000 + 272,500 = 1,072,500 บาท" in transfer


@pytest.mark.parametrize(
    ("figure", "shown", "rule", "cells"),
    [
        # Of the published dimension table; 5 of 7 projects, and the money of its two cells.
        ("dimension-1-project-pct", "71.43 %", "แล้วเสร็จ 5 ÷ ตามแผน 7 โครงการ", {"H6", "H7"}),
        ("dimension-1-budget-pct", "65.48 %", "เบิกจ่าย 982,154.25 ÷ งบประมาณ 1,500,000.00 บาท", {"E6", "D6"}),
        ("disbursed_pct", "48.47 %", "เบิกจ่าย 2,932,164.35 ÷ งบประมาณ 6,050,000.00 บาท", {"E6", "D6"}),
    ],
)
def test_a_percent_opens_both_of_its_numbers(read_only, figure, shown, rule, cells):
    text = read_only.open(figure)
    assert shown in text and rule in text
    assert cells <= set(read_only.tab.locator("#detail tbody .where code:last-child").all_inner_texts())


def test_a_listing_is_named_with_the_code_that_findings_call_it_by(page):
    page.tab.fill("#projects input[type=search]", "942,154.25")
    names = page.tab.locator("#projects tbody .name").all_inner_texts()
    assert {name.split()[0] for name in names} == {"1.1.2", "3.", "35."}


def test_what_a_chart_says_is_not_cut_off_in_a_wider_font(browser, explorer):
    """The ranking's chart is drawn with the widths of Sarabun, which the machine that shows it may lack."""
    tab = browser.new_page()
    tab.goto((explorer.parent / "provincial_ranking_92.html").as_uri())
    assert tab.evaluate("getComputedStyle(document.querySelector('.chart svg')).overflow") == "visible"
    tab.close()


def test_what_is_to_be_looked_at_is_counted_where_its_link_leads(read_only):
    counted = {
        (link.get_attribute("href"), link.inner_text()) for link in read_only.tab.locator("#overview p a").all()
    }
    assert counted == {
        ("#findings", "ร้ายแรง 3"), ("#findings", "ควรตรวจสอบ 3"), ("#differences", "ควรตรวจสอบ 26"),
    }  # fmt: skip


def test_findings_and_differences_stand_in_the_order_of_the_round_report(read_only, installation):
    from orchestration.reports import formats
    from orchestration.reports.data import read_round

    with duckdb.connect(str(installation.current / "warehouse.duckdb"), read_only=True) as connection:
        data = read_round(connection, "any", ROUND, "3920102")
    cells = read_only.tab.locator("#findings tbody .where code:last-child").all_inner_texts()
    assert cells[:3] == ["F5", "F9", "E50"]
    for section, rows in (("findings", data.findings), ("differences", data.reconciliation)):
        shown = read_only.tab.locator(f"#{section} tbody .name").all_inner_texts()
        assert shown == [
            row["message_th"] for row in sorted(rows, key=lambda row: formats.severity_rank(row["severity"]))
        ]


def test_files_say_when_they_came_in_the_calendar_of_the_language(browser, installation, tmp_path):
    came = "update marts.submission_ledger set received_at = timestamp '2023-10-25 09:00:00'"
    page = Page(browser, changed(installation, tmp_path, came))
    said = page.tab.locator("#files tbody tr", has_text="crosswalk.csv")
    assert "25 ต.ค. 2566 09:00 น." in said.inner_text()
    page.tab.click("#language")
    assert "25 Oct 2023 09:00" in said.inner_text()
    page.context.close()


def test_every_figure_with_parts_adds_up(read_only):
    """Every figure that is a sum or a count of lines, in every section, whatever the rule behind it."""
    wrong = read_only.tab.evaluate(
        """() => {
            const [main, detail] = ['main', '#detail'].map((name) => document.querySelector(name));
            main.style.display = 'none';  // else the browser lays out the page anew for every figure
            const wrong = [...main.querySelectorAll('[data-figure]')].flatMap((button) => {
                button.click();
                const isWrong = !detail.open || detail.querySelector('[data-adds-up=false]');
                detail.close();
                return isWrong ? [button.dataset.figure] : [];
            });
            main.style.display = '';
            return wrong;
        }"""
    )
    assert wrong == []


def test_published_levels_are_shown_in_their_words(read_only):
    rows = read_only.tab.locator("#published tbody tr", has_text="ระดับการนำแผนฯ ไปปฏิบัติ")
    assert {tuple(text.split("\t")[1:3]) for text in rows.all_inner_texts()} == {("มาก", "มาก")}
    assert "NaN" not in read_only.tab.locator("#main").inner_text()


def test_titles_of_findings_and_differences_are_english_in_english(page):
    """seeds/finding_rule.csv names every rule in both languages."""
    differences = page.tab.locator("#differences tbody")
    assert "สถานะไม่ตรงกัน" in differences.inner_text() and "Status differs" not in differences.inner_text()
    page.tab.click("#language")
    assert "Status differs" in differences.inner_text() and "สถานะไม่ตรงกัน" not in differences.inner_text()
    assert "The same money counted twice" in page.tab.inner_text("#findings tbody")
    choices = page.tab.locator("#differences select[data-key=rule] option").all_inner_texts()
    assert "Status differs" in choices and "status_differs" not in choices
    page.tab.fill("#differences input[type=search]", "status differs")
    assert page.tab.inner_text("#differences [role=status]") == "10 of 29"


def test_english_and_dark_and_back(page):
    page.tab.click("#language")
    assert page.tab.locator("#main h2").nth(1).inner_text() == "Money"
    assert page.tab.evaluate("document.documentElement.lang") == "en"
    before = page.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    page.tab.click("#theme")
    assert page.tab.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert page.said == []


def test_the_keyboard_reaches_a_figure_and_comes_back(page):
    page.tab.focus('[data-figure="disbursed_baht"]')
    page.tab.keyboard.press("Enter")
    assert page.tab.evaluate("document.activeElement.id") == "detail-body"
    page.tab.keyboard.press("Escape")
    assert page.tab.evaluate("document.activeElement.dataset.figure") == "disbursed_baht"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_of_accessibility(browser, explorer, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = Page(browser, explorer, color_scheme=scheme, bypass_csp=True)
    page.draw_everything()
    for state in ("page", "dialog"):
        if state == "dialog":
            page.open("disbursed_baht")
        found = Axe().run(page.tab).response["violations"]
        serious = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
        assert serious == [], state
    page.context.close()


def test_it_fits_a_phone_and_a_mail(browser, explorer):
    assert explorer.stat().st_size < 5_000_000
    page = Page(browser, explorer)
    page.tab.set_viewport_size({"width": 390, "height": 800})
    page.draw_everything()
    # Wide tables and charts scroll in their own boxes; the page itself does not.
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


HOSTILE = (
    '<script>document.title = "hurt"</script>',
    '"><img src=x onerror="document.title=1">',
    "</script><script>document.title = 1</script>",
    "=HYPERLINK(1)",
    "ก" * 500,
    "\u202eกลับหัว\u2066 👩🏽\u200d🌾",
    "${1+1} {{ 1 + 1 }} javascript:alert(1)",
)


def test_hostile_names_stay_text(browser, installation, tmp_path):
    from orchestration.reports.explorer import write_explorer

    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes((installation.current / "warehouse.duckdb").read_bytes())
    with duckdb.connect(str(copy)) as connection:
        for n, name in enumerate(HOSTILE, start=1):
            connection.execute(
                "update core.fct_budget set name_as_listed = $name, source_sheet = $name, disbursed_as_written = $name,"
                " remark = $name where source = 'eplan' and eplan_seq = $n",
                {"name": name, "n": n},
            )
        connection.execute("update core.dim_mission set name = $name", {"name": HOSTILE[0]})
        connection.execute("update marts.mission_summary set mission_name = $name", {"name": HOSTILE[0]})
        connection.execute("update marts.provincial_ranking set lgo_name = $name", {"name": HOSTILE[1]})
        connection.execute("update marts.finding set message_th = $name", {"name": HOSTILE[2]})
        path = write_explorer(
            connection, HOSTILE[0], ROUND, tmp_path / "hostile.html", installation.home / "cache"
        )
    page = Page(browser, path)
    page.draw_everything()
    text = page.tab.inner_text("#projects")
    for name in HOSTILE:
        assert name.replace("\u202e", "").split("\u2066")[0][:100] in text.replace("\u202e", "")
    assert "document.title" in page.open("disbursed_baht")
    assert page.tab.title() == f"สุจริต {ROUND}" and page.said == [] and page.asked == [page.url]
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= 1280
    page.context.close()


def changed(installation, tmp_path, *statements):
    """An explorer of the release after some statements."""
    from orchestration.reports.explorer import write_explorer

    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes((installation.current / "warehouse.duckdb").read_bytes())
    with duckdb.connect(str(copy)) as connection:
        for statement in statements:
            connection.execute(statement)
        return write_explorer(connection, "changed", ROUND, tmp_path / "changed.html", installation.home / "cache")


def test_two_sides_agree_only_where_there_are_two(browser, installation, explorer, tmp_path):
    page = Page(browser, explorer)
    page.tab.select_option("#lgo", "6920111")  # known from the ranking alone
    said = page.tab.inner_text("#differences")
    assert "ไม่มีข้อมูลให้เทียบ: ยังไม่มีทั้งแบบของหน่วยงานและรายการ e-PlanNACC ที่รับได้" in said and "ตรงกันทุกรายการ" not in said
    page.context.close()
    without = ("delete from core.fct_budget where source = 'division'", "delete from marts.reconciliation")
    page = Page(browser, changed(installation, tmp_path, *without, "delete from marts.finding"))
    assert "ไม่มีข้อมูลให้เทียบ: ยังไม่มีแบบของหน่วยงาน" in page.tab.inner_text("#differences")
    assert page.tab.inner_text("#draft") == "ฉบับร่าง: ยังไม่มีแบบของหน่วยงานที่รับได้แม้แต่แบบเดียว"
    page.tab.click("#language")
    assert "Nothing to compare: no usable division form has arrived" in page.tab.inner_text("#differences")
    page.context.close()


def test_without_an_export_it_says_why_there_is_no_percent_and_what_to_do(browser, installation, tmp_path):
    """Divisions have sent: that nobody reported would not be true."""
    no_list = (
        "delete from core.fct_budget where source = 'eplan'",
        "delete from marts.reconciliation",
        "delete from marts.round_summary",
        "update marts.provincial_ranking set has_reported = false",
    )
    page = Page(browser, changed(installation, tmp_path, *no_list))
    page.tab.select_option("#lgo", "3920102")
    said = page.tab.inner_text("#overview")
    assert "ยังไม่มีรายการ e-PlanNACC ที่รับได้" in said and f"inbox/{ROUND}/" in said and "ยังไม่รายงานในรอบนี้" not in said
    page.tab.click("#language")
    said = page.tab.inner_text("#overview")
    assert "no usable e-PlanNACC list has arrived" in said and f"inbox/{ROUND}/" in said
    page.tab.select_option("#lgo", "6920111")  # neither form nor list
    assert "Has not reported in this round." in page.tab.inner_text("#overview")
    page.context.close()


def test_a_refused_file_is_no_superseded_one(browser, installation, tmp_path):
    ledger = "update marts.submission_ledger set is_current = false,"
    path = changed(
        installation, tmp_path,
        f"{ledger} outcome = 'quarantined' where source_file like 'กองคลัง%'",
        f"{ledger} superseded_by = 99 where source_file like 'กองช่าง%'",
    )  # fmt: skip
    page = Page(browser, path)
    rows = {row.split("\t")[0]: row for row in page.tab.locator("#files tbody tr").all_inner_texts()}
    [refused], [superseded] = ([rows[name] for name in rows if name.startswith(s)] for s in ("กองคลัง", "กองช่าง"))
    assert "กักไว้ ไม่นำเข้า\tไม่ใช้ เพราะรับไม่ได้" in refused and "มีแฟ้มใหม่แทน" not in refused
    assert "รับแล้ว\tมีแฟ้มใหม่แทน" in superseded
    page.tab.click("#language")
    english = page.tab.inner_text("#files")
    assert "quarantined\trefused" in english and "accepted\tsuperseded" in english
    page.context.close()


def test_findings_of_nobody_are_shown_as_the_round_report_shows_them(browser, installation, tmp_path):
    from orchestration.reports.data import read_round

    nobodys = "(select finding_id from marts.finding where lgo_code = '3920102' and severity = 'critical' limit 1)"
    path = changed(
        installation, tmp_path, f"update marts.finding set lgo_code = null where finding_id in {nobodys}"
    )
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        data = read_round(connection, "changed", ROUND, "3920102")
    page = Page(browser, path)
    assert page.tab.inner_text("#findings [role=status]").startswith(f"{len(data.findings)} จาก")
    critical = sum(row["severity"] == "critical" for row in data.findings)
    assert page.tab.inner_text("#overview a[href='#findings'] .critical") == f"ร้ายแรง {critical}"
    page.tab.select_option("#lgo", "6920113")  # known from the ranking alone: its own and what is nobody's
    assert page.tab.locator("#findings .critical").count() == 1
    page.context.close()


def test_projects_without_one_clear_status_have_a_card(browser, installation, explorer, tmp_path):
    two = "(select line_id from core.fct_budget where source = 'eplan' and eplan_seq in (1, 2))"
    path = changed(
        installation, tmp_path,
        f"update core.fct_status set status = null where line_id in {two}",
        "update marts.round_summary set completed = completed - 2, status_unclear = 2",
    )  # fmt: skip
    page = Page(browser, explorer)
    assert page.tab.locator("[data-figure=status_unclear]").count() == 0
    page.context.close()
    page = Page(browser, path)
    assert "สถานะไม่ชัดเจน" in page.open("status_unclear")
    assert page.tab.locator("#detail [data-adds-up=true]").count() == 1
    page.context.close()


def test_percents_change_by_points(browser, installation, tmp_path):
    path = changed(
        installation, tmp_path,
        "update marts.round_over_round set has_earlier = true, earlier_disbursed_pct = 50, change_disbursed_pct = -1.53",
    )  # fmt: skip
    page = Page(browser, path)
    row = page.tab.locator("#change tbody tr", has_text="ร้อยละเบิกจ่าย").first
    assert row.inner_text().split("\t")[1:] == ["50.00 %", "48.47 %", "-1.53 จุด"]
    page.tab.click("#language")
    assert "-1.53 points" in page.tab.inner_text("#change")
    page.context.close()


def test_the_draft_says_so(read_only):
    assert read_only.tab.locator("#draft").is_visible()
    assert "3" in read_only.tab.locator("#draft").inner_text()


def test_the_same_release_gives_the_same_bytes(installation, explorer, tmp_path):
    from orchestration.reports.explorer import write_explorer

    with duckdb.connect(str(installation.current / "warehouse.duckdb"), read_only=True) as connection:
        cache = installation.home / "cache"
        again = write_explorer(connection, installation.current.name, ROUND, tmp_path / "again.html", cache)
    assert again.read_bytes() == explorer.read_bytes()
