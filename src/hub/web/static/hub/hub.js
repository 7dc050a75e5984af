/* What the pages do beside htmx: menus that close, what changes by itself told to screen readers, keys that one expects. */
"use strict";

/* The menus behind a word: Esc closes the open one and gives the focus back; a click elsewhere closes it too. */
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.account[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("details.account[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("click", (event) => closeMenus(event.target.closest("details.account")));
document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details.account")));

/* A link that is called a button is pressed by the space bar too. */
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches("a[role=button]")) return;
  event.preventDefault();
  event.target.click();
});

/* A table that fits needs no stop of the tab key; one that scrolls is a group with the table's name. */
function markScrolling() {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "group"); // no landmark: the section around it may be one of the same name
      box.setAttribute("aria-label", box.querySelector("caption").textContent);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  }
}

/* Rows that a telephone shows beneath each other: each value says its column, and the table stays one to screen readers. */
function stackRows() {
  for (const table of document.querySelectorAll("table.stack:not(.stacked)")) {
    const labels = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    table.classList.add("stacked");
    table.setAttribute("role", "table");
    for (const body of table.tBodies) body.setAttribute("role", "rowgroup");
    for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
      row.setAttribute("role", "row");
      [...row.cells].forEach((cell, position) => {
        cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
        cell.classList.toggle("nothing", ["", "–"].includes(cell.textContent.trim()));
        if (cell.tagName === "TD" && labels[position]) cell.dataset.label = labels[position];
      });
    }
  }
}

stackRows();
markScrolling();
addEventListener("resize", markScrolling);
document.addEventListener("toggle", markScrolling, true);

/* What asks for itself again is told where it says something new: progress every ten seconds at most, an end at once. */
const MIN_SECONDS_BETWEEN = 10;
const told = new Map();

function tellChange(part) {
  const text = [...part.querySelectorAll("[data-announce]")].map((each) => each.textContent.trim()).join(", ");
  const last = told.get(part.id);
  const isSoon = last && part.hasAttribute("hx-get") && Date.now() - last.at < 1000 * MIN_SECONDS_BETWEEN;
  if (!text || isSoon || (last && last.text === text)) return;
  told.set(part.id, { text, at: Date.now() });
  if (last) document.getElementById("announcer").textContent = text;
}

document.querySelectorAll("[hx-get][id]").forEach(tellChange);
document.addEventListener("htmx:afterSwap", (event) => {
  const part = document.getElementById(event.detail.target.id);
  if (part) tellChange(part);
  stackRows();
  markScrolling();
});

/* A form that comes back begins at what is wrong with it. */
document.querySelector("[aria-invalid=true]")?.focus();

// A form that asks for the time zone proposes the browser's, where the server knew none.
const zoneField = document.querySelector("select[data-own-zone]");
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zoneField?.value === "UTC" && [...zoneField.options].some((option) => option.value === ownZone)) {
  zoneField.value = ownZone;
}
