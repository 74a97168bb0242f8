"use strict";
const byId = (id) => document.getElementById(id);
const make = (tag, className = "", text = "") => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;          // never innerHTML: the text is raw data
  return element;
};
const thousands = (n) => n.toLocaleString("en");
const plural = (n, word) => `${thousands(n)} ${word}${n === 1 ? "" : "s"}`;
const option = (label, value) => { const made = make("option", "", label || "(none)"); made.value = value; return made; };
const checkbox = (value, label, disabled) => {
  const around = make("label"), box = make("input");
  box.type = "checkbox"; box.value = value; box.defaultChecked = true; box.disabled = disabled;
  around.append(box, label);
  return around;
};
const checked = (id) => new Set([...byId(id).querySelectorAll("input:checked")].map((box) => box.value));
const wordsOf = (id) => byId(id).value.toLowerCase().split(/\s+/).filter(Boolean);
const collator = new Intl.Collator("en", { numeric: true });

// One part of the page is shown at a time; on paper, and without this script, all of them are.
const showTab = (() => {
  const sections = [...document.querySelectorAll("main > section")], bar = byId("tabs");
  const show = (id) => {
    for (const section of sections) {
      const here = section.id === `tab-${id}`;
      section.classList.toggle("away", !here);
      const tab = byId(`show-${section.id}`);
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
    }
  };
  if (sections.length < 2) return () => {};
  for (const section of sections) {
    const tab = make("button", "", section.dataset.name);
    tab.type = "button"; tab.id = `show-${section.id}`;
    tab.setAttribute("role", "tab"); tab.setAttribute("aria-controls", section.id);
    section.setAttribute("role", "tabpanel"); section.setAttribute("aria-labelledby", tab.id); section.classList.add("tabbed");
    tab.addEventListener("click", () => show(section.id.slice(4)));
    bar.append(tab);
  }
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...bar.children], next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    next.focus(); next.click();
  });
  bar.hidden = false;
  show("todo");
  return show;
})();

// The rules: filter and sort the rows that stand in the page.
const showRules = (() => {
  const table = byId("verdict-table");
  if (!table) return () => {};
  const all = [...table.tBodies[0].rows].map((row) => {
    const cells = [...row.cells].map((cell) => cell.textContent);
    return { row, cells, status: cells[0], source: cells[7], hay: cells.join("\n").toLowerCase() };
  });
  const form = byId("rule-filters"), order = { column: -1, down: false }, heads = [...table.tHead.rows[0].cells];
  const update = () => {
    const wanted = checked("statuses"), source = byId("rule-source").value, words = wordsOf("rule-search");
    const shown = all.filter((one) => wanted.has(one.status) && (!source || `=${one.source}` === source) && words.every((word) => one.hay.includes(word)));
    if (order.column >= 0) shown.sort((a, b) => (order.down ? -1 : 1) * collator.compare(a.cells[order.column], b.cells[order.column]));
    table.tBodies[0].replaceChildren(...shown.map((one) => one.row));
    byId("rules-shown").textContent = shown.length === all.length ? plural(all.length, "verdict") : `${thousands(shown.length)} of ${plural(all.length, "verdict")} match`;
  };
  heads.forEach((th, column) => {
    const button = make("button", "", th.textContent);
    button.type = "button"; button.title = "Sort";
    button.addEventListener("click", () => {
      const numeric = th.classList.contains("n");
      order.down = order.column === column ? !order.down : numeric;
      order.column = column;
      for (const other of heads) other.removeAttribute("aria-sort");
      th.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      update();
    });
    th.replaceChildren(button);
  });
  for (const status of ["failed", "timed out", "skipped", "issues", "passed"]) {
    const count = all.filter((one) => one.status === status).length;
    byId("statuses").append(checkbox(status, make("span", `badge ${status.replace(" ", "-")}`, `${status} ${thousands(count)}`), !count));
  }
  byId("rule-source").append(...[...new Set(all.map((one) => one.source))].sort().map((name) => option(name, `=${name}`)));
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", update);
  form.addEventListener("reset", () => setTimeout(update));
  byId("rule-search").addEventListener("input", update);
  const silent = all.filter((one) => !["passed", "issues"].includes(one.status)).length;
  byId("show-tab-verdicts")?.append(" ", make("span", `count${silent ? " bad" : ""}`, silent ? `${thousands(silent)} without answer` : thousands(all.length)));
  update();
  return update;
})();

(() => {
  const { severities, fields, groups, texts, rows, records } = JSON.parse(byId("data").textContent);
  if (!groups.length) return;
  const PAGE = 100, at = Object.fromEntries(fields.map((field, position) => [field, position]));
  const COLUMNS = [["dataset", "Dataset"], ["key", "Record"], ["variable", "Variable"], ["value", "Value"],
                   ["record", "Raw record"], ["place", "Raw file"], ["message", "What is wrong"]];
  const text = (row, field) => texts[row[at[field]]];
  const order = { field: "", down: false };
  const total = groups.reduce((sum, group) => sum + group.count, 0);

  // Search: which texts hold the word, then which rows have such a text. Most texts stand in hundreds of rows.
  let lower;
  const holding = (word) => {
    lower ??= texts.map((one) => one.toLowerCase());
    return Uint8Array.from(lower, (one) => Number(one.includes(word)));
  };
  const matcher = (words) => {
    const tests = words.map((word) => [holding(word), groups.map((group) => `${group.rule}\n${group.source}`.toLowerCase().includes(word))]);
    return (row) => tests.every(([hits, ofGroup]) => ofGroup[row[0]] || row.some((number, position) => position && hits[number]));
  };

  const shownValue = (row) => {
    const shown = text(row, "value");
    if (shown) return make("span", "value", shown);
    return text(row, "variable") ? make("span", "empty", "empty") : "";
  };
  const cell = (row, field, group) => {
    const shown = text(row, field);
    if (field === "message") {
      const td = make("td", "what id", shown), fix = text(row, "fix");
      if (fix && !group.one_fix) td.append(make("div", "fix", fix));
      return td;
    }
    const td = make("td", field === "value" ? "id value-of" : `id ${field}`);
    td.append(field === "value" ? shownValue(row) : shown);
    return td;
  };

  const used = groups.map((group) => new Set(["dataset", "key", ...(group.wordings > 1 ? ["message"] : [])]));
  for (const row of rows) {
    for (const field of ["variable", "value", "record", "place"]) if (text(row, field)) used[row[0]].add(field);
    if (text(row, "variable")) used[row[0]].add("value");      // its value is empty, which is the finding
  }

  const views = groups.map((group, number) => {
    const columns = COLUMNS.filter(([field]) => used[number].has(field));
    const details = make("details", "group"), summary = make("summary"), shown = make("span", "n");
    details.id = `group-${number}`;
    summary.append(make("span", `badge ${group.severity}`, group.severity), make("span", "rule id", group.rule), shown,
                   make("span", "message id", group.wordings > 1 ? plural(group.wordings, "wording") + ", see below" : group.message));
    details.append(summary);
    if (group.fix && group.one_fix) details.append(make("p", "fix id", group.fix + (group.by ? ` (by ${group.by})` : "") + (group.until ? ` (until ${group.until})` : "")));
    if (group.listed < group.count) details.append(make("p", "bad", `${thousands(group.count - group.listed)} of ${plural(group.count, "finding")} are not on this page: findings.json holds them all`));
    const scroll = make("div", "scroll"), table = make("table"), head = make("tr"), body = make("tbody");
    const more = make("button");
    more.type = "button";
    for (const [field, label] of columns) {
      const th = make("th"), button = make("button", "", label);
      th.scope = "col"; th.dataset.field = field; button.type = "button"; button.title = "Sort";
      button.addEventListener("click", () => sortBy(field));
      th.append(button); head.append(th);
    }
    const thead = make("thead"); thead.append(head); table.append(thead, body); scroll.append(table);
    details.append(scroll, more);
    const view = { group, details, body, more, shown, columns, head, matching: [], drawn: 0 };
    details.addEventListener("toggle", () => { if (details.open && !view.drawn) draw(view); });
    more.addEventListener("click", () => { const first = view.drawn; draw(view); view.body.querySelectorAll("tr.finding")[first]?.focus(); });
    return view;
  });

  const draw = (view) => {
    const part = document.createDocumentFragment();
    for (const row of view.matching.slice(view.drawn, view.drawn + PAGE)) {
      const tr = make("tr", "finding");
      tr.append(...view.columns.map(([field]) => cell(row, field, view.group)));
      tr.tabIndex = 0; tr.row = row;
      tr.setAttribute("aria-expanded", "false");
      part.append(tr);
    }
    view.body.append(part);
    view.drawn = Math.min(view.drawn + PAGE, view.matching.length);
    const left = view.matching.length - view.drawn;
    view.more.hidden = !left;
    view.more.textContent = `Show ${Math.min(PAGE, left)} more (${thousands(left)} not shown)`;
  };

  const numbers = new Map(rows.map((row, number) => [row, number]));
  // The details of a finding: all it says, how its value is traced, and what else was found in its record.
  const places = {};
  const rowsOf = (kind, row) => {                                // kind: key or record
    const name = (one) => `${one[at.dataset]} ${one[at[kind]]}`;
    if (!places[kind]) {
      places[kind] = new Map();
      for (const one of rows) {
        if (!text(one, kind)) continue;
        const known = places[kind].get(name(one));
        if (known) known.push(one); else places[kind].set(name(one), [one]);
      }
    }
    return text(row, kind) ? places[kind].get(name(row)).filter((one) => one !== row) : [];
  };
  const traceOf = (row) => {                                     // only names that a shell takes as they are
    const [dataset, variable, key] = ["dataset", "variable", "key"].map((field) => text(row, field));
    const parts = key.split(/ (?=[A-Z_][A-Z0-9_]*=)/).map((part) => /^([A-Z_][A-Z0-9_]*)=([\w.-]+)$/.exec(part));
    const subject = parts.find((part) => part?.[1] === "USUBJID");
    if (!subject || !parts.every(Boolean) || !/^[A-Z][A-Z0-9]{1,7}$/.test(dataset) || !/^[A-Z_][A-Z0-9_]{0,7}$/.test(variable)) return "";
    const others = parts.filter((part) => part !== subject).map(([, name, value]) => (/^(?:[A-Z]{2}|A)SEQ$/.test(name) ? `--seq ${value}` : `--where ${name}=${value}`));
    return ["cdisckit trace", `${dataset}.${variable}`, "--out OUT", `--subject ${subject[2]}`, ...others].join(" ");
  };
  const recordOf = (row) => {                                    // the record and those beside it, of the variables with a value
    const { columns, at: placed, rows: known } = records[text(row, "dataset")] ?? { at: {} };
    const here = placed[numbers.get(row)];
    if (here === undefined) return "";
    const subject = columns.indexOf("USUBJID"), variable = text(row, "variable");
    const shown = [here - 1, here, here + 1].filter((place) => known[place] && (subject < 0 || known[place][subject] === known[here][subject]));
    const filled = [...columns.keys()].filter((column) => columns[column] === variable || shown.some((place) => known[place][column]));
    const around = make("div", "scroll record"), table = make("table"), head = make("tr"), body = make("tbody"), thead = make("thead");
    head.append(...filled.map((column) => make("th", "", columns[column])));
    for (const place of shown) {
      const tr = make("tr", place === here ? "here" : "zero");
      tr.append(...filled.map((column) => {
        const td = make("td", "id"), value = known[place][column];
        td.append(place === here && columns[column] === variable ? make("span", value ? "value" : "empty", value || "empty") : value);
        return td;
      }));
      body.append(tr);
    }
    thead.append(head); table.append(thead, body); around.append(table);
    around.tabIndex = 0;
    around.setAttribute("role", "region"); around.setAttribute("aria-label", "The record and those beside it");
    return around;
  };
  const detailOf = (row, columns) => {
    const group = groups[row[0]], list = make("dl", "detail"), tr = make("tr", "detail"), td = make("td");
    const add = (name, ...shown) => {
      if (!shown.some((one) => (one.textContent ?? one) !== "")) return;
      const dd = make("dd", "id");
      dd.append(...shown);
      list.append(make("dt", "", name), dd);
    };
    add("Rule", make("span", `badge ${group.severity}`, group.severity), ` ${group.rule} `, make("span", "zero", `(${group.source})`));
    add("Record", `${text(row, "dataset")} ${text(row, "key")}`.trim());
    add("Variable", text(row, "variable"));
    if (text(row, "variable")) add("Value", shownValue(row));
    add("What is wrong", text(row, "message"));
    add("Who must act", text(row, "fix"));
    add("Waived", group.waived);
    add("Waived by", group.by);
    add("Waived until", group.until);
    add("Raw record", text(row, "record"));
    add("Raw file and line", text(row, "place"));
    const trace = traceOf(row);
    if (trace) add("Its way from the raw file", make("code", "", trace));
    td.append(list, recordOf(row));
    for (const [kind, what] of [["key", "Also found in this record"], ["record", "Also found in this raw record"]]) {
      const others = rowsOf(kind, row);
      if (!others.length) continue;
      const neighbours = make("ul", "neighbours");
      for (const other of others.slice(0, 20)) {
        const item = make("li"), button = make("button"), said = groups[other[0]];
        button.type = "button";
        button.append(make("span", `badge ${said.severity}`, said.severity), ` ${said.rule} ${text(other, "variable")} `, make("span", "zero", text(other, "message")));
        button.addEventListener("click", () => goTo(other));
        item.append(button); neighbours.append(item);
      }
      if (others.length > 20) neighbours.append(make("li", "zero", `and ${thousands(others.length - 20)} more`));
      td.append(make("b", "", `${what}: ${thousands(others.length)}`), neighbours);
    }
    td.colSpan = columns.length;
    tr.append(td);
    return tr;
  };
  const toggle = (tr, open = tr.getAttribute("aria-expanded") !== "true") => {
    if (open === (tr.getAttribute("aria-expanded") === "true")) return;
    tr.setAttribute("aria-expanded", String(open));
    if (open) {
      tr.after(detailOf(tr.row, views[tr.row[0]].columns));
      tr.nextElementSibling.querySelector("tr.here .value, tr.here .empty")?.scrollIntoView({ block: "nearest", inline: "center" });
    } else tr.nextElementSibling.remove();
    history.replaceState(null, "", open ? `#finding-${numbers.get(tr.row)}` : "#list");
  };
  const goTo = (row) => {
    const view = views[row[0]];
    if (!view.matching.includes(row)) { byId("filters").reset(); order.field = ""; update(); }
    showTab("list");
    view.details.open = true;
    const place = view.matching.indexOf(row);
    do draw(view); while (view.drawn <= place);
    const tr = [...view.body.querySelectorAll("tr.finding")].find((one) => one.row === row);
    toggle(tr, true);
    tr.scrollIntoView({ block: "center" });
    tr.focus({ preventScroll: true });
  };

  const sortBy = (field) => {
    order.down = order.field === field && !order.down;
    order.field = field;
    update();
  };
  const ranks = {};                                            // of a column: the place of each of its texts in their order
  const rankOf = (place) => {
    if (!ranks[place]) {
      const keyed = [...new Set(rows.map((row) => row[place]))].map((number) => [texts[number].toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0")), number]);
      keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));     // AESEQ=2 before AESEQ=10
      ranks[place] = new Uint32Array(texts.length);
      keyed.forEach(([, number], position) => { ranks[place][number] = position; });
    }
    return ranks[place];
  };
  const sorted = (found) => {
    if (!order.field) return found;
    const place = at[order.field], rank = rankOf(place), way = order.down ? -1 : 1;
    return found.slice().sort((a, b) => way * (rank[a[place]] - rank[b[place]]));
  };

  const update = () => {
    const wanted = checked("severities"), source = byId("source").value, rule = byId("rule").value, dataset = byId("dataset").value;
    const words = wordsOf("search"), matches = matcher(words);
    const allowed = groups.map((group) => wanted.has(group.severity) && (!rule || `=${group.rule}` === rule) && (!source || `=${group.source}` === source));
    const number = dataset ? texts.indexOf(dataset.slice(1)) : -1;
    const found = rows.filter((row) => allowed[row[0]] && (!dataset || row[at.dataset] === number) && matches(row));
    views.forEach((view) => { view.matching = []; view.drawn = 0; });
    for (const row of sorted(found)) views[row[0]].matching.push(row);
    const alive = views.filter((view) => view.matching.length);
    for (const view of views) {
      const matching = view.matching.length;
      view.details.hidden = !matching;
      view.body.replaceChildren();
      view.shown.textContent = matching === view.group.listed ? plural(view.group.count, "finding") : `${thousands(matching)} of ${plural(view.group.count, "finding")}`;
      for (const th of view.head.cells) {
        if (th.dataset.field === order.field) th.setAttribute("aria-sort", order.down ? "descending" : "ascending");
        else th.removeAttribute("aria-sort");
      }
      if (alive.length <= 3 && matching) view.details.open = true;
      if (view.details.open && matching) draw(view);
    }
    const missing = total - rows.length, note = missing ? `; ${thousands(missing)} more are in findings.json only` : "";
    byId("shown").textContent = (found.length === rows.length ? `${plural(found.length, "finding")} of ${plural(groups.length, "rule")}`
      : `${thousands(found.length)} of ${plural(rows.length, "finding")} match`) + note;
  };

  for (const severity of severities) {
    const count = groups.reduce((sum, group) => sum + (group.severity === severity ? group.count : 0), 0);
    byId("severities").append(checkbox(severity, make("span", `badge ${severity}`, `${severity} ${thousands(count)}`), !count));
  }
  const choices = (id, names) => byId(id).append(...[...new Set(names)].sort(collator.compare).map((name) => option(name, `=${name}`)));
  choices("dataset", rows.map((row) => text(row, "dataset")));
  choices("source", groups.map((group) => group.source));
  choices("rule", groups.map((group) => group.rule));
  byId("groups").append(...views.map((view) => view.details));
  byId("show-tab-list")?.append(" ", make("span", "count", thousands(total)));

  const form = byId("filters");
  let waiting = 0;
  form.hidden = false;
  byId("unscripted").hidden = true;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", update);
  form.addEventListener("reset", () => { order.field = ""; order.down = false; setTimeout(update); });
  byId("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(update, 150); });
  const step = (down) => {                                      // the next finding that is drawn, whatever its group
    const all = [...byId("groups").querySelectorAll("details[open]:not([hidden]) tr.finding")], here = document.activeElement.closest?.("tr");
    const place = all.indexOf(here?.classList.contains("detail") ? here.previousElementSibling : here);
    const next = all[place < 0 ? 0 : place + (down ? 1 : -1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName), row = document.activeElement.closest?.("tr.finding, tr.detail");
    if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
    if (event.key === "/") { showTab("list"); byId("search").focus(); }
    else if (event.key === "j" || event.key === "k") { showTab("list"); step(event.key === "j"); }
    else if (event.key === "Enter" && document.activeElement.matches("tr.finding")) toggle(row);
    else if (event.key === "Escape" && row) { const tr = row.matches(".detail") ? row.previousElementSibling : row; toggle(tr, false); tr.focus(); }
    else return;
    event.preventDefault();
  });
  byId("groups").addEventListener("click", (event) => {
    const tr = event.target.closest("tr.finding");
    if (tr && !String(getSelection())) toggle(tr);
  });
  const openGroup = (number) => {
    const view = views[number];
    if (!view) return;
    if (view.details.hidden) { form.reset(); order.field = ""; update(); }
    showTab("list");
    view.details.open = true;
    if (!view.drawn) draw(view);
    view.details.scrollIntoView();
    view.details.querySelector("summary").focus({ preventScroll: true });
  };
  const openRule = (rule) => { form.reset(); byId("rule").value = `=${rule}`; showTab("list"); setTimeout(update); };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-group], a[data-dataset], a[data-rule]");
    if (!link) return;
    if (link.dataset.group) { event.preventDefault(); history.replaceState(null, "", link.hash); openGroup(Number(link.dataset.group)); }
    else if (link.dataset.rule) openRule(link.dataset.rule);
    else { byId("dataset").value = `=${link.dataset.dataset}`; showTab("list"); update(); }
  });
  update();
  views[0].details.open = true;
  const asked = /^#(group|finding)-(\d+)$/.exec(location.hash);
  if (asked?.[1] === "group") openGroup(Number(asked[2]));
  else if (asked && rows[Number(asked[2])]) goTo(rows[Number(asked[2])]);
})();

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-tab]");
  if (link) showTab(link.dataset.tab);
});
if (location.hash === "#verdicts") showTab("verdicts");
