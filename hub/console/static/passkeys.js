// Passkeys: asks the browser to make or use one, and puts the answer into the form beside the button.
// The server decides; without this script, or without passkeys, one-time codes do as well.
"use strict";

function toBytes(text) {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function readOptions(text) {
  const options = JSON.parse(text);
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const each of list ?? []) each.id = toBytes(each.id);
  }
  return options;
}

function writeAnswer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: toText(credential.rawId), type, response });
}

async function ask(button) {
  const form = button.form;
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  const publicKey = readOptions(button.dataset.options);
  try {
    const credential = button.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    form.elements.passkey.value = writeAnswer(credential);
  } catch {
    failed.hidden = false;
    return;
  }
  if (form.elements.code) form.elements.code.required = false;
  form.requestSubmit();
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  button.closest("[data-passkey-area]").hidden = false;
  button.addEventListener("click", () => {
    if (button.dataset.passkey === "create" && !button.form.reportValidity()) return;
    ask(button);
  });
}
