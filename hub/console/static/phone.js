// The phone at the side of a page. Without this file its link leads to a page of its own.
"use strict";

const phoneLink = document.querySelector("[data-phone]");
const drawer = document.querySelector("#drawer");
const isWide = window.matchMedia("(width >= 64rem)");
const OPEN = "chasqui-phone";

function showDrawer(isOpen) {
  drawer.hidden = !isOpen;
  document.body.classList.toggle("with-drawer", isOpen);
  phoneLink.setAttribute("aria-expanded", String(isOpen));
  sessionStorage.setItem(OPEN, isOpen ? "yes" : "");
}

async function openDrawer(takesFocus) {
  showDrawer(true);
  const target = drawer.querySelector("[data-drawer-body]");
  await htmx.ajax("GET", phoneLink.href, { target, select: "#simulator", swap: "innerHTML" });
  if (takesFocus) drawer.querySelector("#message")?.focus();
}

function closeDrawer() {
  showDrawer(false);
  drawer.querySelector("[data-drawer-body]").replaceChildren(); // nobody asks for news any more
  phoneLink.focus();
}

// Whoever reads further up is left there when something new comes.
const FROM_END = 40;

function scrollToNewest() {
  for (const log of document.querySelectorAll("[data-newest]:not([data-reading])")) {
    log.scrollTop = log.scrollHeight;
  }
}

document.addEventListener(
  "scroll",
  ({ target: log }) => {
    if (!log.hasAttribute?.("data-newest")) return;
    const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - FROM_END;
    log.toggleAttribute("data-reading", !isAtEnd);
  },
  true,
);

if (phoneLink && drawer) {
  phoneLink.addEventListener("click", (event) => {
    if (!isWide.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (drawer.hidden) openDrawer(true);
    else closeDrawer();
  });
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeDrawer();
  });
  drawer.querySelector("[data-drawer-close]").addEventListener("click", closeDrawer);
  if (sessionStorage.getItem(OPEN) && isWide.matches) openDrawer(false);
}
document.addEventListener("htmx:finally:request", (event) => {
  scrollToNewest();
  const sent = event.detail.ctx?.request?.action ?? "";
  if (sent.endsWith("/simulator/say")) document.querySelector("#message")?.focus();
});
scrollToNewest();
