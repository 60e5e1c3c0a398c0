"use strict";
// The explorer of one round. Shows what the warehouse says; adds up parts only to show that they make a figure.
(async () => {
const $ = (id) => document.getElementById(id);

// -- the data

async function unpack() {
  const packed = Uint8Array.from(atob($("data").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
const data = await unpack();
const table = {};
for (const [name, { columns, rows }] of Object.entries(data.tables)) {
  table[name] = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
}
const group = (rows, key) => {
  const made = new Map();
  for (const row of rows) {
    const k = row[key];
    if (!made.has(k)) made.set(k, []);
    made.get(k).push(row);
  }
  return made;
};
const linesOf = group(table.line, "lgo_code");
const transfersOf = group(table.movement, "line_id");
const of = { dimension: group(table.dimension, "lgo_code"), mission: group(table.mission, "lgo_code"),
  change: group(table.change, "lgo_code"),
  reconciliation: group(table.reconciliation, "lgo_code"), published: group(table.published, "lgo_code") };
const missionOf = new Map(table.project_mission.map((row) => [row.project_id, row]));
const round = table.round[0] || {};
const reported = table.lgo.filter((row) => row.has_reported);
const provinces = group(table.lgo, "province");

// -- words

let lang = "th";
const t = (th, en) => (lang === "th" ? th : en);
const word = (kind, code) => (code == null ? "–" : (data.words[kind][code] || [code, code])[lang === "th" ? 0 : 1]);
const STATUSES = Object.keys(data.words.status);
const DASH = "–";
const money = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const show = {
  baht: (v) => (v == null ? DASH : money.format(v)),
  pct: (v) => (v == null ? DASH : money.format(v) + " %"),
  points: (v) => (v == null ? DASH : money.format(v) + t(" จุด", " points")),
  count: (v) => (v == null ? DASH : new Intl.NumberFormat("en-US").format(v)),
};
const dateOf = (text, month = "long") => new Date(text + "T00:00:00").toLocaleDateString(
  lang === "th" ? "th-TH-u-ca-buddhist" : "en-GB", { day: "numeric", month, year: "numeric" });
const timeOf = (text) => { // 2023-10-25 09:00:00, as the clock in Bangkok said
  if (!text) return "";
  const [day, time] = text.split(" ");
  return `${dateOf(day, "short")} ${time.slice(0, 5)}${t(" น.", "")}`;
};

// -- building elements: text is only ever set as text

function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}
const tag = (code, text) => el("span", { class: "tag " + (code || "") }, text);
function grid(caption, columns, rows, options = {}) {
  const head = el("tr", {}, ...columns.map((c) => el("th", { scope: "col", class: c.n ? "n" : null }, c.title)));
  const body = rows.map((row) => el("tr", { class: options.row?.(row) },
    ...columns.map((c) => { const v = c.cell(row); return el("td", { class: c.class || (c.n ? "n" : null) }, v == null ? DASH : v); })));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {}, el("caption", {}, caption), el("thead", {}, head), el("tbody", {}, ...body, ...(options.foot || []))));
}

// -- a figure and what it is made of

const satang = (v) => Math.round((v || 0) * 100);
const place = (file, sheet, row, cell) => {
  const parts = [el("code", {}, file || DASH)];
  if (sheet) parts.push(" " + t("แผ่นงาน ", "sheet "), el("code", {}, sheet));
  if (cell) parts.push(" " + t("เซลล์ ", "cell "), el("code", {}, cell));
  else if (row) parts.push(" " + t("แถว ", "row ") + row);
  return el("span", {}, ...parts);
};
const lineName = (line) => (line.source === "eplan" ? `${line.eplan_seq}. ` : line.listing_code ? `${line.listing_code} ` : "") + (line.name || DASH);
const side = (line) => (line.source === "eplan" ? "e-PlanNACC" : line.division || t("หน่วยงาน", "division"));

// What a figure is made of: { title, text, kind, rule, parts: [{ line, value, cell, written }], sum: add|count|null }
function figure(what, button = {}) {
  return el("button", { type: "button", class: "figure", "data-figure": what.id, ...button,
    "aria-label": `${what.title} ${what.text}: ${t("ดูที่มา", "show where it comes from")}`,
    on: { click: () => open(what) } }, what.text);
}
const field = (line, name) => ({ line, value: line[name + "_baht"], cell: line[name + "_cell"], written: line[name + "_as_written"] });
const statusPart = (line) => ({ line, value: 1, cell: line.status_cell, written: line.status_as_written });
// A transfer stands in a cell of its own, often a remark: it is a part beside the budget that it changes.
const ordinance = (line) => [field(line, "budget_ordinance"), ...(transfersOf.get(line.line_id) || []).map((m) => ({ line,
  value: m.direction === "in" ? m.amount_baht : -m.amount_baht, cell: m.cell, written: m.as_written, note: m.direction === "in" ? t("โอนเพิ่ม", "transfer in") : t("โอนลด", "transfer out") }))];

const dialog = $("detail");
let returnTo = null;
function open(what) {
  returnTo = document.activeElement;
  $("detail-title").textContent = what.title;
  const body = $("detail-body");
  const parts = typeof what.parts === "function" ? what.parts() : what.parts || [];
  body.replaceChildren(...[el("p", { class: "value" }, what.text), what.rule ? el("p", {}, what.rule) : null].filter(Boolean));
  if (parts.length) body.append(partsTable(what, parts));
  for (const extra of what.more ? what.more() : []) body.append(extra);
  if (!dialog.open) dialog.showModal();
  body.focus();
}
function partsTable(what, parts) {
  const isMoney = what.kind === "baht";
  const sum = parts.reduce((total, part) => total + satang(part.value), 0) / 100;
  const foot = [];
  if (what.sum && what.value != null) {
    const same = satang(sum) === satang(what.value);
    foot.push(el("tr", { class: "sum", "data-adds-up": String(same) }, el("td", {}, t("รวม", "Sum")),
      el("td", {}, same ? t("✓ เท่ากับตัวเลขข้างบน", "✓ equals the figure above") : t("✗ ไม่เท่ากับตัวเลขข้างบน", "✗ is not the figure above")),
      el("td", { class: "n" }, isMoney ? show.baht(sum) : show.count(sum)), el("td"), el("td")));
  }
  return grid(t(`ประกอบด้วย ${parts.length} รายการ`, `Made of ${parts.length} lines`), [
    { title: t("โครงการ", "Project"), class: "name", cell: (p) => p.name || lineName(p.line) },
    { title: t("จาก", "From"), cell: (p) => p.side || side(p.line) },
    { title: isMoney ? t("บาท", "baht") : t("นับ", "count"), n: true, cell: (p) => (isMoney ? show.baht(p.value) : show.count(p.value)) },
    { title: t("ตามที่เขียน", "As written"), cell: (p) => el("span", {}, el("code", {}, p.written ?? t("ว่าง", "blank")), p.note ? " " + p.note : "") },
    { title: t("อยู่ที่", "Where"), class: "where", cell: (p) => (p.where ? p.where() : place(p.line.source_file, p.line.source_sheet, p.line.source_row, p.cell)) },
  ], parts, { foot });
}
$("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => returnTo?.focus?.());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

// -- figures of a local government

const eplan = (code, where = () => true) => (linesOf.get(code) || []).filter((l) => l.source === "eplan" && l.counts_towards_total && where(l));
const ordinances = (code, where) => (linesOf.get(code) || []).filter((l) => l.source === "division" && l.is_ordinance_of_project && where(l));
// The side of which there is no line, so that nothing can be compared.
function missingSide(code) {
  const has = (source) => (linesOf.get(code) || []).some((l) => l.source === source);
  if (!has("division")) return has("eplan") ? "division" : "both";
  return has("eplan") ? null : "eplan";
}
const initialOf = (code) => new Set(eplan(code, (l) => l.is_initial).map((l) => l.project_id));

function amount(id, title, value, lines, name, rule) {
  return { id, title, value, kind: "baht", text: show.baht(value), rule, sum: "add", parts: () => lines().map((l) => field(l, name)) };
}
function count(id, title, value, lines, rule) {
  return { id, title, value, kind: "count", text: show.count(value), rule, sum: "count", parts: () => lines().map(statusPart) };
}
function headline(lgo) {
  const c = lgo.lgo_code;
  const minimum = lgo.minimum_projects;
  const pct = { id: "implementation_pct", title: t("ร้อยละการนำแผนฯ ไปสู่การปฏิบัติ", "Implementation"), value: lgo.implementation_pct, kind: "count",
    text: (lgo.is_capped ? "*" : "") + show.pct(lgo.implementation_pct), sum: null,
    rule: lgo.basis === "published"
      ? t("ตามที่ประกาศในรายงานระดับจังหวัด ไม่มีรายการโครงการให้คำนวณ", "As published in the provincial ranking; there is no project list to compute it from.")
      : t(`โครงการตามแผนที่แล้วเสร็จ ${show.count(lgo.initial_completed)} โครงการ ÷ จำนวนขั้นต่ำของ ป.ป.ช. ${show.count(minimum)} โครงการ (เกินร้อยละ 100 คิดเพียง 100 และพิมพ์ *)`,
        `${show.count(lgo.initial_completed)} completed projects of the initial list ÷ the NACC's minimum of ${show.count(minimum)} (above 100 it is capped and printed with *)`),
    parts: () => (lgo.basis === "published" ? publishedParts(lgo) : eplan(c, (l) => l.is_initial && l.status === "completed").map(statusPart)) };
  const list = t("ผลรวมของทุกโครงการในรายการ e-PlanNACC", "Over all projects of the e-PlanNACC list");
  return { pct,
    projects: { ...count("projects", t("โครงการทั้งหมด", "Projects"), lgo.initial_projects == null ? null : lgo.initial_projects + lgo.additional_projects, () => eplan(c),
      t(`ตามแผน ${show.count(lgo.initial_projects)} และเพิ่มเติม ${show.count(lgo.additional_projects)}`, `${show.count(lgo.initial_projects)} of the initial list and ${show.count(lgo.additional_projects)} added`)) },
    budget: amount("budget_baht", t("งบประมาณตามแผน", "Plan budget"), lgo.budget_baht, () => eplan(c), "budget_plan", list),
    disbursed: amount("disbursed_baht", t("เบิกจ่าย", "Disbursed"), lgo.disbursed_baht, () => eplan(c), "disbursed", list),
    disbursedPct: { id: "disbursed_pct", title: t("ร้อยละการเบิกจ่าย", "Disbursed share"), value: lgo.disbursed_pct, kind: "baht", text: show.pct(lgo.disbursed_pct), sum: null,
      rule: t(`เบิกจ่าย ${show.baht(lgo.disbursed_baht)} ÷ งบประมาณ ${show.baht(lgo.budget_baht)} บาท`, `${show.baht(lgo.disbursed_baht)} disbursed ÷ ${show.baht(lgo.budget_baht)} baht of budget`),
      ...moneyShare(() => eplan(c)) },
    status: Object.fromEntries(STATUSES.map((s) => [s, count(s, word("status", s), lgo[s], () => eplan(c, (l) => l.status === s),
      t("สถานะตามรายการ e-PlanNACC", "Status in the e-PlanNACC list"))])),
    // In none of the counts by status; with it they add up.
    unclear: count("status_unclear", t("สถานะไม่ชัดเจน", "status unclear"), lgo.status_unclear, () => eplan(c, (l) => l.status == null),
      t("ไม่มีเครื่องหมายสถานะ หรือมีหลายเครื่องหมาย ในรายการ e-PlanNACC", "No status or several are marked in the e-PlanNACC list")) };
}
// The cells of both numbers of a share of money: what was disbursed, and below it the budget.
function moneyShare(lines) {
  return { parts: () => lines().map((l) => field(l, "disbursed")),
    more: () => [el("h3", {}, t("งบประมาณตามแผน", "Plan budget")), partsTable({ kind: "baht" }, lines().map((l) => field(l, "budget_plan")))] };
}
function publishedParts(lgo) {
  return (of.published.get(lgo.lgo_code) || []).filter((p) => p.source_cell).map((p) => ({ name: (lang === "th" ? p.label_th : p.label) || p.label,
    side: t("รายงานที่ประกาศ", "published export"), value: p.published_value, written: p.value_as_written, where: () => place(p.source_file, p.source_sheet, p.source_row, p.source_cell) }));
}
function dimensionFigures(code, row) {
  const inIt = (l) => l.is_initial && (row.dimension === "total" || l.dimension === row.dimension);
  const initial = initialOf(code);
  const id = `dimension-${row.dimension}-`;
  const name = row.dimension === "total" ? t("รวม", "Total") : t(`มิติที่ ${row.dimension}`, `Dimension ${row.dimension}`);
  const rule = t("โครงการตามแผน (ไม่รวมโครงการเพิ่มเติมที่มีดาว)", "Projects of the initial list (without the starred ones)");
  return { name,
    planned: count(id + "planned", `${name}: ${t("โครงการตามแผน", "planned")}`, row.planned_projects, () => eplan(code, inIt), rule),
    completed: count(id + "completed", `${name}: ${t("แล้วเสร็จ", "completed")}`, row.completed_projects, () => eplan(code, (l) => inIt(l) && l.status === "completed"), rule),
    plan: amount(id + "plan", `${name}: ${t("งบประมาณตามแผน", "plan")}`, row.budget_plan_baht, () => eplan(code, inIt), "budget_plan", rule),
    ordinance: { id: id + "ordinance", title: `${name}: ${t("งบประมาณตามเทศบัญญัติ", "ordinance")}`, value: row.budget_ordinance_baht, kind: "baht", text: show.baht(row.budget_ordinance_baht), sum: "add",
      rule: t("จากแบบของหน่วยงาน หลังโอนเพิ่มและโอนลด รายการหนึ่งนับครั้งเดียว", "From the division forms, after transfers; a listing counts once."),
      parts: () => ordinances(code, (l) => initial.has(l.project_id) && inIt(l)).flatMap(ordinance) },
    disbursed: amount(id + "disbursed", `${name}: ${t("เบิกจ่าย", "disbursed")}`, row.disbursed_baht, () => eplan(code, inIt), "disbursed", rule),
    projectPct: { id: id + "project-pct", title: `${name}: ${t("ร้อยละของโครงการ", "projects, percent")}`, value: row.project_pct, kind: "count", text: show.pct(row.project_pct), sum: null,
      rule: t(`แล้วเสร็จ ${show.count(row.completed_projects)} ÷ ตามแผน ${show.count(row.planned_projects)} โครงการ`, `${show.count(row.completed_projects)} completed ÷ ${show.count(row.planned_projects)} planned projects`),
      parts: () => eplan(code, inIt).map((l) => ({ ...statusPart(l), value: l.status === "completed" ? 1 : 0 })) },
    budgetPct: { id: id + "budget-pct", title: `${name}: ${t("ร้อยละการเบิกจ่าย", "disbursed, percent")}`, value: row.budget_pct, kind: "baht", text: show.pct(row.budget_pct), sum: null,
      rule: t(`เบิกจ่าย ${show.baht(row.disbursed_baht)} ÷ งบประมาณ ${show.baht(row.budget_plan_baht)} บาท`, `${show.baht(row.disbursed_baht)} disbursed ÷ ${show.baht(row.budget_plan_baht)} baht of budget`),
      ...moneyShare(() => eplan(code, inIt)) } };
}
function missionFigures(code, row) {
  const mine = (l) => { const m = missionOf.get(l.project_id); return m && m.mission === row.mission && m.dimension === row.dimension; };
  const name = row.mission === "-" ? t(`ไม่ระบุภารกิจ มิติ ${row.dimension}`, `No mission, dimension ${row.dimension}`) : t(`ภารกิจ ${row.mission}`, `Mission ${row.mission}`);
  const id = `mission-${row.dimension}-${row.mission}-`;
  const rule = t("โครงการที่อยู่หลายภารกิจนับเงินในภารกิจแรกเท่านั้น", "A project under several missions counts under the first only.");
  return { name,
    status: Object.fromEntries(STATUSES.map((s) => [s, count(id + s, `${name}: ${word("status", s)}`, row[s], () => eplan(code, (l) => mine(l) && l.status === s), rule)])),
    plan: amount(id + "plan", `${name}: ${t("งบประมาณตามแผน", "plan")}`, row.budget_plan_baht, () => eplan(code, mine), "budget_plan", rule),
    disbursed: amount(id + "disbursed", `${name}: ${t("เบิกจ่าย", "disbursed")}`, row.disbursed_baht, () => eplan(code, mine), "disbursed", rule) };
}

// -- charts

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
async function chart(holder, label, spec, click) {
  const font = "'Sucharit Sarabun', 'TH Sarabun New', 'Noto Sans Thai', sans-serif";
  const ink = css("--ink"), line = css("--line");
  // Room for the names beside the axis; the library's own fitting does not know rows of a fixed height.
  const labels = Math.min(spec.labels || 260, holder.clientWidth * 0.45);
  const full = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", background: null, padding: 4,
    width: Math.max(140, Math.min(holder.clientWidth, 1100) - labels - 70), description: label, ...spec, labels: undefined,
    config: { font, axis: { labelColor: ink, titleColor: ink, gridColor: line, domainColor: line, tickColor: line, labelFontSize: 13, titleFontSize: 13, labelLimit: labels },
      legend: { labelColor: ink, titleColor: ink, labelFontSize: 13, titleFontSize: 13, orient: "top", labelLimit: 300, columns: holder.clientWidth < 600 ? 2 : 4 }, view: { stroke: null }, text: { color: ink, fontSize: 12 } } };
  const { view } = await vegaEmbed(holder, full, { actions: false, renderer: "svg", ast: true, tooltip: { theme: isDark() ? "dark" : "light" } });
  const svg = holder.querySelector("svg");
  // The table below says the same in words; for a screen reader the drawing is one picture.
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  for (const inner of svg.querySelectorAll("[role],[aria-label],[aria-roledescription]")) ["role", "aria-label", "aria-roledescription"].forEach((a) => inner.removeAttribute(a));
  if (click) view.addEventListener("click", (_, item) => { if (item?.datum) click(item.datum); });
}
const lazily = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) { lazily.unobserve(entry.target); entry.target.draw(); }
}, { rootMargin: "300px" });
function picture(label, make) {
  const holder = el("div", { class: "chart" });
  holder.style.minHeight = "8rem";
  holder.draw = () => make(holder, label);
  lazily.observe(holder);
  return holder;
}

// -- sections

const SECTIONS = [
  ["overview", () => t("ภาพรวม", "Overview"), overview],
  ["money", () => t("เส้นทางเงิน", "Money"), moneySection],
  ["missions", () => t("ภารกิจ", "Missions"), missions],
  ["ranking", () => t("ระดับจังหวัด", "Province"), ranking],
  ["change", () => t("เทียบรอบก่อน", "Change"), change],
  ["findings", () => t("ข้อค้นพบ", "Findings"), findings],
  ["differences", () => t("สองฝั่งไม่ตรงกัน", "Differences"), differences],
  ["projects", () => t("โครงการ", "Projects"), projects],
  ["published", () => t("ตัวเลขที่ประกาศ", "Published figures"), published],
  ["files", () => t("แฟ้ม", "Files"), files],
];
let lgo = null;
const RANK = ["critical", "error", "warning", "info"];
const worstFirst = (rows) => [...rows].sort((a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity));

// A finding or file that names no local government, or one without a list of its own, must not get lost: it stands
// with every local government that has a list, as in their round reports.
const listed = new Set(table.lgo.filter((row) => row.initial_projects != null).map((row) => row.lgo_code));
const isOwnOrNobodys = ({ lgo_code }) => lgo_code == null || lgo_code === lgo.lgo_code || (listed.has(lgo.lgo_code) && !listed.has(lgo_code));
const findingsShown = () => table.finding.filter(isOwnOrNobodys);

function overview() {
  // Forms without a list are no silence: say what is missing.
  const noList = !lgo.has_reported && linesOf.has(lgo.lgo_code);
  if (noList) return [el("p", {}, word("missing", "eplan") + t(` จึงยังไม่มีร้อยละ ระดับ และผลเทียบ มีแต่แบบของหน่วยงาน ให้ส่งออกรายการโครงการจาก e-PlanNACC วางไว้ใน inbox/${data.round_key}/ แล้วสั่งงานรอบนี้อีกครั้ง`,
    `: no percent, level or comparison yet, only the division forms. Put the project list that e-PlanNACC exports into inbox/${data.round_key}/ and run the round again.`))];
  if (!lgo.has_reported) return [el("p", {}, t("ยังไม่รายงานในรอบนี้", "Has not reported in this round."))];
  const h = headline(lgo);
  const card = (what, note) => el("li", {}, el("div", { class: "quiet" }, what.title), figure(what), note ? el("div", {}, ...[note].flat()) : null);
  const cards = [card(h.pct, [tag(lgo.level, t("ระดับ", "level") + " " + (lgo.level ? (lang === "th" ? lgo.level_th : lgo.level) : DASH))])];
  if (lgo.initial_projects != null) cards.push(card(h.projects), ...STATUSES.map((s) => card(h.status[s])), ...(lgo.status_unclear ? [card(h.unclear)] : []), card(h.budget, t("บาท", "baht")), card(h.disbursed, t("บาท", "baht")), card(h.disbursedPct));
  // Counted where the link leads: findings and differences stand in sections of their own.
  const worst = [["#findings", findingsShown()], ["#differences", of.reconciliation.get(lgo.lgo_code) || []]].map(([href, rows]) =>
    [href, ["critical", "error", "warning"].map((s) => [s, rows.filter((f) => f.severity === s).length]).filter(([, n]) => n)]).filter(([, counted]) => counted.length);
  const SECTION = { "#findings": t("ข้อค้นพบ ", "findings "), "#differences": t("สองฝั่งไม่ตรงกัน ", "differences ") };
  return [el("ul", { class: "cards" }, ...cards),
    worst.length ? el("p", {}, t("สิ่งที่ต้องดู: ", "To look at: "), ...worst.flatMap(([href, counted]) => [SECTION[href], ...counted.flatMap(([s, n]) => [el("a", { href }, tag(s, `${word("severity", s)} ${n}`)), " "])])) : null];
}
function moneySection() {
  const rows = of.dimension.get(lgo.lgo_code) || [];
  if (!rows.length) return null;
  const figures = new Map(rows.map((row) => [row.dimension, dimensionFigures(lgo.lgo_code, row)]));
  const STEPS = [["plan", t("ตามแผน", "plan")], ["ordinance", t("ตามเทศบัญญัติ", "ordinance")], ["disbursed", t("เบิกจ่าย", "disbursed")]];
  const values = rows.filter((r) => r.dimension !== "total").flatMap((r) => STEPS.map(([key, title]) => ({ dimension: figures.get(r.dimension).name, step: title, key, of: r.dimension, baht: figures.get(r.dimension)[key].value })));
  const label = t("งบประมาณตามแผน ตามเทศบัญญัติ และเบิกจ่าย แต่ละมิติ (บาท)", "Plan, ordinance and disbursed per dimension (baht)");
  return [picture(label, (holder) => chart(holder, label, { labels: 60, height: { step: 18 }, data: { values },
      mark: { type: "bar", cornerRadiusEnd: 3, cursor: "pointer" },
      encoding: { y: { field: "dimension", type: "nominal", title: null, sort: null }, yOffset: { field: "step", sort: STEPS.map((s) => s[1]) },
        x: { field: "baht", type: "quantitative", title: t("บาท", "baht"), axis: { format: ",.0f" } },
        color: { field: "step", type: "nominal", title: null, sort: STEPS.map((s) => s[1]), scale: { domain: STEPS.map((s) => s[1]), range: isDark() ? ["#7aa6d9", "#c9a0dc", "#8fd694"] : ["#1f5a96", "#8e5ba6", "#2e7d32"] } },
        tooltip: [{ field: "dimension", title: t("มิติ", "dimension") }, { field: "step", title: t("ขั้น", "step") }, { field: "baht", format: ",.2f", title: t("บาท", "baht") }] } },
      (d) => { if (d.of) open(figures.get(d.of)[d.key]); })),
    grid(t("ตามมิติ", "By dimension"), [
      { title: t("มิติ", "Dimension"), class: "name", cell: (r) => (r.dimension === "total" ? t("รวม", "Total") : `${r.dimension}. ${r.dimension_name || ""}`) },
      ...[["planned", t("ตามแผน (โครงการ)", "planned"), "count"], ["completed", t("แล้วเสร็จ", "completed"), "count"]].map(([k, title]) => ({ title, n: true, cell: (r) => figure(figures.get(r.dimension)[k]) })),
      { title: t("ร้อยละ", "%"), n: true, cell: (r) => figure(figures.get(r.dimension).projectPct) },
      ...STEPS.map(([k, title]) => ({ title: `${title} (${t("บาท", "baht")})`, n: true, cell: (r) => figure(figures.get(r.dimension)[k]) })),
      { title: t("ร้อยละเบิกจ่าย", "disbursed %"), n: true, cell: (r) => figure(figures.get(r.dimension).budgetPct) },
    ], rows, { row: (r) => (r.dimension === "total" ? "sum" : null) })];
}
function missions() {
  const rows = of.mission.get(lgo.lgo_code) || [];
  if (!rows.length) return null;
  const figures = new Map(rows.map((row) => [row.dimension + row.mission, missionFigures(lgo.lgo_code, row)]));
  const label = t("สถานะโครงการแต่ละภารกิจ (จำนวนโครงการ)", "Projects by status per mission");
  const values = rows.flatMap((r) => STATUSES.map((s, order) => ({ mission: r.mission === "-" ? t(`ไม่ระบุ (มิติ ${r.dimension})`, `none (dimension ${r.dimension})`) : `${r.mission} ${r.mission_name || ""}`, key: r.dimension + r.mission, status: word("status", s), code: s, order, projects: r[s] })));
  const colours = isDark() ? ["#8b98a8", "#ffd166", "#8fd694", "#ff9d96"] : ["#7c8896", "#e09f00", "#2e7d32", "#b3261e"];
  return [picture(label, (holder) => chart(holder, label, { height: { step: 26 }, data: { values }, mark: { type: "bar", cursor: "pointer" },
      encoding: { y: { field: "mission", type: "nominal", title: null, sort: null }, x: { field: "projects", type: "quantitative", title: t("โครงการ", "projects"), axis: { tickMinStep: 1, format: "d" } },
        order: { field: "order" }, color: { field: "status", type: "nominal", title: null, sort: null, scale: { domain: STATUSES.map((s) => word("status", s)), range: colours } },
        tooltip: [{ field: "mission", title: t("ภารกิจ", "mission") }, { field: "status", title: t("สถานะ", "status") }, { field: "projects", title: t("โครงการ", "projects") }] } },
      (d) => { if (d.code) open(figures.get(d.key).status[d.code]); })),
    grid(t("ตามภารกิจ", "By mission"), [
      { title: t("ภารกิจ", "Mission"), class: "name", cell: (r) => (r.mission === "-" ? t(`ไม่ระบุภารกิจ (มิติ ${r.dimension})`, `no mission known (dimension ${r.dimension})`) : `${r.mission} ${r.mission_name || ""}`) },
      ...STATUSES.map((s) => ({ title: word("status", s), n: true, cell: (r) => figure(figures.get(r.dimension + r.mission).status[s]) })),
      ...[["plan", t("ตามแผน (บาท)", "plan (baht)")], ["disbursed", t("เบิกจ่าย (บาท)", "disbursed (baht)")]].map(([k, title]) => ({ title, n: true, cell: (r) => figure(figures.get(r.dimension + r.mission)[k]) })),
    ], rows)];
}
const moved = (change) => (change == null ? DASH : change === 0 ? "=" : el("span", { class: change > 0 ? "up" : "down" }, change > 0 ? `▲ ${change}` : `▼ ${-change}`));
function dots(rows, label, height, choose) {
  const [medium, high] = data.bands;
  const bands = [[0, medium, "low"], [medium, high, "medium"], [high, 100, "high"]].map(([from, to, level]) => ({ from, to, level, name: word("level", level) }));
  // Names repeat within a province; with the district they are one local government's.
  const named = group(rows, "lgo_name");
  const nameOf = (r) => (named.get(r.lgo_name).length > 1 ? `${r.lgo_name} (${r.district})` : r.lgo_name);
  const values = rows.filter((r) => r.has_reported && r.implementation_pct != null).map((r) => ({ name: nameOf(r), code: r.lgo_code, pct: r.implementation_pct, zero: 0, level: r.level, rank: t(`${r.rank_in_province} จาก ${r.ranked_in_province} ที่ทราบผล`, `${r.rank_in_province} of ${r.ranked_in_province} known`), chosen: r.lgo_code === lgo.lgo_code }));
  const fill = isDark() ? { low: "#4d1c1a", medium: "#473800", high: "#1e3d1b" } : { low: "#f9dedc", medium: "#fff2cc", high: "#e3f1e4" };
  const ink = isDark() ? { low: "#ff9d96", medium: "#ffd166", high: "#8fd694" } : { low: "#b3261e", medium: "#8a5b00", high: "#2e7d32" };
  const levels = ["low", "medium", "high"];
  return (holder) => chart(holder, label, { height, layer: [
    { data: { values: bands }, mark: { type: "rect", opacity: 0.8 }, encoding: { x: { field: "from", type: "quantitative", scale: { domain: [0, 100] } }, x2: { field: "to" }, color: { field: "level", scale: { domain: levels, range: levels.map((l) => fill[l]) }, legend: null } } },
    { data: { values }, mark: { type: "rule", strokeDash: [2, 3], color: css("--quiet") }, encoding: { y: { field: "name", type: "nominal", sort: null }, x: { field: "zero", type: "quantitative" }, x2: { field: "pct" } } },
    { data: { values }, mark: { type: "circle", size: 130, opacity: 1, cursor: "pointer" }, encoding: { y: { field: "name", type: "nominal", sort: null, title: null, }, x: { field: "pct", type: "quantitative", title: t("ร้อยละ", "%") },
      fill: { field: "level", scale: { domain: levels, range: levels.map((l) => ink[l]) }, legend: null }, stroke: { condition: { test: "datum.chosen", value: css("--ink") }, value: "transparent" }, strokeWidth: { value: 3 },
      tooltip: [{ field: "name", title: t("อปท.", "LGO") }, { field: "pct", format: ".2f", title: "%" }, { field: "rank", title: t("อันดับ", "rank") }] } },
    { data: { values }, mark: { type: "text", align: "left", dx: 9 }, encoding: { y: { field: "name", type: "nominal", sort: null }, x: { field: "pct", type: "quantitative" }, text: { field: "pct", format: ".2f" } } },
  ], resolve: { scale: { color: "independent" } } }, (d) => d.code && choose(d.code));
}
function ranking() {
  const rows = provinces.get(lgo.province) || [];
  const silent = rows.filter((r) => !r.has_reported);
  const told = rows.filter((r) => r.has_reported);
  const label = t(`ร้อยละการนำแผนฯ ไปสู่การปฏิบัติ จังหวัด${lgo.province} แถบสีคือเกณฑ์ระดับ`, `Implementation in ${lgo.province}; the bands are the levels`);
  const districts = [...group(told, "district")].filter(([, list]) => list.length);
  const made = [el("p", {}, t(`รายงานแล้ว ${told.length} จาก ${rows.length} แห่ง`, `${told.length} of ${rows.length} have reported`))];
  if (told.length) made.push(picture(label, dots(told, label, { step: 24 }, choose)));
  if (districts.length > 1 && told.length > 20) {
    made.push(el("h3", {}, t("รายอำเภอ", "By district")), el("div", { class: "multiples" }, ...districts.map(([name, list]) => el("div", {}, el("h3", {}, t("อำเภอ", "") + name), picture(name, dots(list, name, { step: 22 }, choose))))));
  }
  const known = told.filter((r) => r.implementation_pct != null).length;
  made.push(el("p", {}, t(`อันดับคิดจาก ${known} แห่งที่ทราบผล ขึ้น/ลงเทียบเฉพาะแห่งที่ทราบผลทั้งสองรอบ`, `Ranks are among the ${known} whose percent is known; changes among those known in both rounds.`)));
  made.push(grid(t("ลำดับในจังหวัด", "Ranking in the province"), [
    { title: t("อันดับ", "Rank"), n: true, cell: (r) => show.count(r.rank_in_province) },
    { title: t("องค์กรปกครองส่วนท้องถิ่น", "Local government"), class: "name", cell: (r) => el("button", { type: "button", class: "figure", on: { click: () => choose(r.lgo_code) } }, r.lgo_name) },
    { title: t("อำเภอ", "District"), cell: (r) => r.district },
    { title: t("ร้อยละ", "%"), n: true, cell: (r) => (r.has_reported ? figure(headline(r).pct) : t("ยังไม่รายงาน", "not reported")) },
    { title: t("ระดับ", "Level"), cell: (r) => (r.level ? tag(r.level, lang === "th" ? r.level_th : r.level) : DASH) },
    { title: t("จากรอบก่อน", "Since last round"), n: true, cell: (r) => moved(r.rank_change) },
    { title: t("จากปีก่อน", "Since last year"), n: true, cell: (r) => moved(r.rank_change_on_year) },
  ], rows, { row: (r) => (r.lgo_code === lgo.lgo_code ? "chosen" : null) }));
  if (silent.length) made.push(el("p", {}, t(`ยังไม่รายงาน ${silent.length} แห่ง: `, `Not reported, ${silent.length}: `) + silent.map((r) => r.lgo_name).join(", ")));
  return made;
}
function change() {
  const rows = of.change.get(lgo.lgo_code) || [];
  if (!rows.length) return [el("p", {}, t("ไม่มีรอบก่อนให้เทียบ", "There is no earlier round to compare with."))];
  const MEASURES = [["implementation_pct", t("ร้อยละการนำแผนฯ ไปสู่การปฏิบัติ", "Implementation"), "pct"], ["completed", word("status", "completed"), "count"], ["in_progress", word("status", "in_progress"), "count"],
    ["budget_baht", t("งบประมาณตามแผน", "Plan budget"), "baht"], ["disbursed_baht", t("เบิกจ่าย", "Disbursed"), "baht"], ["disbursed_pct", t("ร้อยละเบิกจ่าย", "Disbursed share"), "pct"]];
  return rows.flatMap((row) => [el("h3", {}, `${row.earlier_round_key} → ${data.round_key}`), grid(`${row.earlier_round_key} → ${data.round_key}`, [
    { title: t("ตัวเลข", "Figure"), class: "name", cell: (m) => m[1] },
    { title: t("ก่อน", "before"), n: true, cell: (m) => show[m[2]](row["earlier_" + m[0]]) },
    { title: t("รอบนี้", "now"), n: true, cell: (m) => show[m[2]](row[m[0]]) },
    { title: t("เปลี่ยน", "change"), n: true, cell: (m) => show[m[2] === "pct" ? "points" : m[2]](row["change_" + m[0]]) },
  ], MEASURES)]);
}
// A table with filters and search; long ones grow by a button.
function searchable(rows, text, filters, draw) {
  const STEP = 150;
  let shown = STEP;
  const search = el("input", { type: "search", placeholder: t("ค้นหา", "Search"), "aria-label": t("ค้นหา", "Search") });
  const selects = filters.map(({ title, key, name }) => {
    const values = [...new Set(rows.map((row) => row[key]).filter((v) => v != null))].sort();
    return el("select", { "aria-label": title, "data-key": key }, el("option", { value: "" }, `${title}: ${t("ทั้งหมด", "all")}`), ...values.map((v) => el("option", { value: v }, name ? name(v) : v)));
  });
  const place_ = el("div"), more = el("button", { type: "button", class: "more", on: { click: () => { shown += STEP; update(); } } });
  const said = el("p", { class: "quiet", role: "status" });
  function update() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = rows.filter((row) => selects.every((s) => !s.value || String(row[s.dataset.key]) === s.value) && (!words.length || (() => { const all = text(row).toLowerCase(); return words.every((w) => all.includes(w)); })()));
    said.textContent = t(`${show.count(found.length)} จาก ${show.count(rows.length)} รายการ`, `${show.count(found.length)} of ${show.count(rows.length)}`);
    place_.replaceChildren(draw(found.slice(0, shown)));
    more.textContent = t(`แสดงเพิ่ม (${show.count(found.length - shown)})`, `Show more (${show.count(found.length - shown)})`);
    more.hidden = found.length <= shown;
  }
  search.addEventListener("input", () => { shown = STEP; update(); });
  selects.forEach((s) => s.addEventListener("change", () => { shown = STEP; update(); }));
  update();
  return [el("div", { class: "filters" }, search, ...selects), said, place_, more];
}
const titleOf = (f) => (lang === "th" ? f.title_th : f.title_en || f.title_th) || f.rule;
const titles = new Map(table.finding.concat(table.reconciliation).map((f) => [f.rule, f]));
const FILTERS = () => [{ title: t("ความรุนแรง", "Severity"), key: "severity", name: (s) => word("severity", s) }, { title: t("เรื่อง", "Rule"), key: "rule", name: (rule) => titleOf(titles.get(rule)) }, { title: t("หน่วยงาน", "Division"), key: "division" }];
function findings() {
  const rows = worstFirst(findingsShown());
  if (!rows.length) return [el("p", {}, t("ไม่พบข้อผิดพลาด", "Nothing was found."))];
  return searchable(rows, (f) => [f.message_th, f.message_en, f.title_th, f.title_en, f.source_file, f.division].join(" "), FILTERS(), (some) => grid(t("ข้อค้นพบ", "Findings"), [
    { title: t("ความรุนแรง", "Severity"), cell: (f) => tag(f.severity, word("severity", f.severity)) },
    { title: t("เรื่อง", "What"), cell: titleOf },
    { title: t("คำอธิบาย", "Message"), class: "name", cell: (f) => (lang === "th" ? f.message_th : f.message_en) },
    { title: t("ตามที่เขียน", "As written"), cell: (f) => (f.value_as_written == null ? DASH : el("code", {}, f.value_as_written)) },
    { title: t("อยู่ที่", "Where"), class: "where", cell: (f) => place(f.source_file, f.source_sheet, f.source_row, f.source_cell) },
  ], some));
}
function differences() {
  const rows = worstFirst(of.reconciliation.get(lgo.lgo_code) || []);
  const missing = missingSide(lgo.lgo_code);
  if (!rows.length && missing) return [el("p", {}, t("ไม่มีข้อมูลให้เทียบ: ", "Nothing to compare: ") + word("missing", missing))];
  if (!rows.length) return [el("p", {}, t("สองฝั่งตรงกันทุกรายการ", "Both sides agree."))];
  return searchable(rows, (f) => [f.message_th, f.message_en, f.title_th, f.title_en, f.listing_code, f.division].join(" "), FILTERS(), (some) => grid(t("หน่วยงานกับ e-PlanNACC ไม่ตรงกัน", "Divisions against e-PlanNACC"), [
    { title: t("เรื่อง", "What"), cell: (r) => [tag(r.severity, word("severity", r.severity)), " " + titleOf(r)].reduce((a, c) => (a.append(c), a), el("span")) },
    { title: t("คำอธิบาย", "Message"), class: "name", cell: (r) => (lang === "th" ? r.message_th : r.message_en) },
    { title: t("หน่วยงาน", "Division"), class: "where", cell: (r) => el("span", {}, el("code", {}, r.division_value_as_written ?? r.division_value ?? DASH), r.division_source_file ? el("br") : null, r.division_source_file ? place(r.division_source_file, r.division_source_sheet, r.division_source_row, r.division_cell) : "") },
    { title: "e-PlanNACC", class: "where", cell: (r) => el("span", {}, el("code", {}, r.eplan_value_as_written ?? r.eplan_value ?? DASH), r.eplan_source_file ? el("br") : null, r.eplan_source_file ? place(r.eplan_source_file, r.eplan_source_sheet, r.eplan_source_row, r.eplan_cell) : "") },
    { title: t("ต่าง (บาท): e-PlanNACC ลบหน่วยงาน", "Difference (baht): e-PlanNACC minus division"), n: true, cell: (r) => show.baht(r.difference_baht) },
  ], some));
}
function lineFigure(line, name, title) {
  const value = line[name + "_baht"];
  if (value == null) return DASH;
  const others = () => (linesOf.get(line.lgo_code) || []).filter((l) => l.project_id === line.project_id && l.line_id !== line.line_id && l[name + "_baht"] != null);
  return figure({ id: `line-${line.line_id}-${name}`, title: `${lineName(line)}: ${title}`, value, kind: "baht", text: show.baht(value), sum: "add", parts: () => [field(line, name)],
    rule: line.is_same_money_again ? t("เงินก้อนเดียวกับโครงการอื่น ดูข้อค้นพบ", "The same money as another project's: see the findings.") : null,
    more: () => { const same = others(); return same.length ? [el("h3", {}, t("ที่อื่นของโครงการเดียวกัน", "Elsewhere for the same project")), partsTable({ kind: "baht" }, same.map((l) => field(l, name)))] : []; } });
}
function projects() {
  const rows = linesOf.get(lgo.lgo_code) || [];
  if (!rows.length) return null;
  for (const row of rows) { row.side_ = row.source === "eplan" ? "e-PlanNACC" : row.division || "?"; row.status_ = row.status; }
  return searchable(rows, (l) => [l.name, l.listing_code, l.eplan_seq, l.division, l.remark, money.format(l.disbursed_baht || 0), money.format(l.budget_plan_baht || 0)].join(" "),
    [{ title: t("จาก", "From"), key: "side_" }, { title: t("สถานะ", "Status"), key: "status_", name: (s) => word("status", s) }, { title: t("มิติ", "Dimension"), key: "dimension" }],
    (some) => grid(t("ทุกรายการของทั้งสองฝั่ง", "Every line of both sides"), [
      { title: t("รายการ", "Line"), class: "name", cell: (l) => lineName(l) + (l.is_initial === false ? " *" : "") },
      { title: t("จาก", "From"), cell: (l) => l.side_ },
      { title: t("สถานะ", "Status"), cell: (l) => word("status", l.status) },
      { title: t("ตามแผน", "Plan"), n: true, cell: (l) => lineFigure(l, "budget_plan", t("งบประมาณตามแผน", "plan")) },
      { title: t("ตามเทศบัญญัติ", "Ordinance"), n: true, cell: (l) => lineFigure(l, "budget_ordinance", t("งบประมาณตามเทศบัญญัติ", "ordinance")) },
      { title: t("เบิกจ่าย", "Disbursed"), n: true, cell: (l) => lineFigure(l, "disbursed", t("เบิกจ่าย", "disbursed")) },
      { title: t("คงเหลือ", "Remaining"), n: true, cell: (l) => lineFigure(l, "remaining", t("คงเหลือ", "remaining")) },
      { title: t("หมายเหตุ", "Remark"), cell: (l) => l.remark || "" },
      { title: t("อยู่ที่", "Where"), class: "where", cell: (l) => place(l.source_file, l.source_sheet, l.source_row) },
    ], some));
}
function published() {
  const rows = (of.published.get(lgo.lgo_code) || []).concat(of.published.get(null) || []);
  if (!rows.length) return null;
  const unit = (p) => (p.unit === "level" ? (v) => v ?? DASH : p.unit === "baht" ? show.baht : /pct|percent/.test(p.unit || "") ? show.pct : (v) => (v == null ? DASH : show.count(v)));
  return [grid(t("ตัวเลขที่ประกาศ เทียบกับที่คำนวณได้", "Published against computed"), [
    { title: t("ตัวเลข", "Figure"), class: "name", cell: (p) => (lang === "th" ? p.label_th || p.label : p.label) },
    { title: t("ประกาศ", "Published"), n: true, cell: (p) => figure({ id: "published-" + p.figure_id, title: p.label_th || p.label, value: p.published_value, kind: "count", text: unit(p)(p.published_value), sum: null, rule: lang === "th" ? p.explanation : p.explanation_en,
      parts: () => [{ name: p.label_th || p.label, side: t("รายงานที่ประกาศ", "published export"), value: p.published_value, written: p.value_as_written, where: () => place(p.source_file, p.source_sheet, p.source_row, p.source_cell) }] }) },
    { title: t("คำนวณได้", "Computed"), n: true, cell: (p) => unit(p)(p.computed_value) },
    { title: "", cell: (p) => (p.agrees == null ? DASH : p.agrees ? tag("high", t("ตรงกัน", "agrees")) : tag("low", t("ไม่ตรง", "differs"))) },
    { title: t("คำอธิบาย", "Explanation"), cell: (p) => (lang === "th" ? p.explanation : p.explanation_en) || "" },
  ], rows)];
}
const use = (f) => (f.is_current ? "✓" : f.superseded_by != null ? t("มีแฟ้มใหม่แทน", "superseded") : f.outcome === "quarantined" ? t("ไม่ใช้ เพราะรับไม่ได้", "refused") : DASH);
function files() {
  const rows = table.file.filter(isOwnOrNobodys);
  return [grid(t("แฟ้มที่ได้รับ", "Files received"), [
    { title: t("แฟ้ม", "File"), class: "name", cell: (f) => el("code", {}, f.source_file) },
    { title: t("หน่วยงาน", "Division"), cell: (f) => f.division },
    { title: t("ได้รับ", "Received"), cell: (f) => timeOf(f.received_at) },
    { title: t("ผล", "Outcome"), cell: (f) => tag(f.outcome === "quarantined" ? "low" : f.outcome === "accepted" ? "high" : "medium", word("outcome", f.outcome)) },
    { title: t("ใช้อยู่", "Current"), cell: use },
    { title: t("คำอธิบาย", "Message"), cell: (f) => (lang === "th" ? f.message_th : f.message_en) || "" },
  ], rows)];
}

// -- the page

function choose(code) {
  const found = table.lgo.find((row) => row.lgo_code === code);
  if (!found) return;
  lgo = found;
  $("lgo").value = code;
  draw();
}
function draw() {
  for (const node of document.querySelectorAll("[data-th]")) node.textContent = node.dataset[lang];
  document.documentElement.lang = lang;
  document.documentElement.dataset.lang = lang;
  $("language").textContent = t("English", "ไทย");
  $("language").lang = t("en", "th");
  $("period").textContent = t(`ปีงบประมาณ ${round.fiscal_year_be} รอบ ${round.months} เดือน (${dateOf(round.period_start)} – ${dateOf(round.period_end)})`,
    `Fiscal year ${round.fiscal_year_be} (BE), ${round.months}-month round (${dateOf(round.period_start)} – ${dateOf(round.period_end)})`);
  const reasons = [];
  if (data.critical) reasons.push(t(`มีข้อผิดพลาดร้ายแรง ${data.critical} รายการที่ต้องแก้ก่อนใช้`, `${data.critical} critical findings must be settled first`));
  // Only who has a list has a memo; its pages give the same reason.
  if (lgo.initial_projects != null && missingSide(lgo.lgo_code)) reasons.push(word("missing", missingSide(lgo.lgo_code)));
  const said = data.despite.map(([th, en]) => t(th, en));
  if (reasons.length) said.unshift(t("ฉบับร่าง: ", "DRAFT: ") + reasons.join(t(" และ", " and ")));
  $("draft").hidden = !said.length;
  $("draft").textContent = said.join(" · ");
  const drawn = SECTIONS.map(([id, title, make]) => [id, title(), make()]).filter(([, , content]) => content);
  $("sections").replaceChildren(...drawn.map(([id, title]) => el("a", { href: "#" + id }, title)));
  $("main").replaceChildren(...drawn.map(([id, title, content]) => el("section", { id, "aria-labelledby": id + "-title" }, el("h2", { id: id + "-title" }, id === "overview" ? lgo.lgo_name : title), ...content.filter(Boolean))));
}
const select = $("lgo");
for (const [province, rows] of provinces) select.append(el("optgroup", { label: province }, ...rows.map((row) => el("option", { value: row.lgo_code }, row.lgo_name))));
select.addEventListener("change", () => choose(select.value));
$("language").addEventListener("click", () => { lang = lang === "th" ? "en" : "th"; draw(); });
$("theme").addEventListener("click", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; draw(); });
// What has not been scrolled to is drawn before it is printed.
const drawAll = () => Promise.all([...document.querySelectorAll(".chart")].map((holder) => { lazily.unobserve(holder); return holder.childElementCount ? null : holder.draw(); }));
$("print").addEventListener("click", async () => { await drawAll(); window.print(); });
addEventListener("beforeprint", drawAll);
const first = reported.find((row) => row.initial_projects != null) || reported[0] || table.lgo[0];
if (first) choose(first.lgo_code);
else $("main").textContent = t("ยังไม่มีข้อมูลของรอบนี้", "Nothing of this round is known yet.");
document.documentElement.dataset.ready = "true";
})();
