// Without a connection, keeps what was pressed and sends it once there is one, within half an hour.
(() => {
  const form = document.querySelector("form.today");
  if (!form) return;
  const waiting = document.querySelector("[data-waiting]");
  const tooLate = document.querySelector("[data-too-late]");
  const LONGEST = 30 * 60 * 1000;
  let pressed = null;
  let since = 0;

  form.addEventListener(
    "submit",
    (event) => {
      if (navigator.onLine) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // the page's own script would lock the buttons
      pressed = event.submitter;
      since = Date.now();
      waiting.hidden = false;
      tooLate.hidden = true;
    },
    true,
  );
  window.addEventListener("online", () => {
    if (!pressed) return;
    const button = pressed;
    pressed = null;
    waiting.hidden = true;
    if (Date.now() - since > LONGEST) tooLate.hidden = false;
    else form.requestSubmit(button);
  });
})();
