// Small comforts. Every page works without this file; nothing here decides anything.
"use strict";

function showCount(area) {
  const line = document.querySelector(`[data-count-for="${CSS.escape(area.id)}"]`);
  if (!line) return;
  line.dataset.pattern ??= line.textContent.replace(/[\d.,\s]*\d/, "#");
  const used = [...area.value].length;
  line.textContent = line.dataset.pattern.replace("#", String(used));
  line.classList.toggle("is-over", used > Number(area.dataset.limit));
}

function watchCounters(root) {
  for (const area of root.querySelectorAll("textarea[data-limit]")) {
    area.addEventListener("input", () => showCount(area));
    showCount(area);
  }
}

// The server refuses a second use of a form anyway; this only shows that the first one is under way.
function sendOnce(event) {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
}

document.addEventListener("submit", sendOnce);
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
watchCounters(document);
document.querySelector("[data-focus]")?.focus();
