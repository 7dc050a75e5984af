/* The menus behind a word: Esc closes the open one and gives the focus back; a click elsewhere closes it too. */
"use strict";

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
