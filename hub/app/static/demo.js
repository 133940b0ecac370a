// The simulated phones of the demonstration: sends what is typed, shows what the hub sends.
"use strict";

const QUICK = 300;
const SLOW = 1500;
const QUICK_FOR = 15000;

class Phone {
  constructor(section) {
    this.section = section;
    this.log = section.querySelector(".log");
    this.input = section.querySelector("input");
    this.base = `/demo/phones/${section.dataset.kind}/${encodeURIComponent(section.dataset.address)}`;
    this.last = 0;
    this.quickUntil = 0;
    section.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.write(this.input.value);
    });
    section.querySelector(".pin").addEventListener("click", (event) => {
      const { latitude, longitude } = event.currentTarget.dataset;
      this.post("location", { latitude: Number(latitude), longitude: Number(longitude) });
    });
    section.addEventListener("focusin", () => { Phone.current = this; });
    this.poll();
  }

  write(text) {
    if (text.trim() === "") return;
    this.input.value = "";
    this.post("text", { text });
  }

  async post(path, body) {
    Phone.current = this;
    this.section.classList.add("waiting");
    this.quickUntil = Date.now() + QUICK_FOR;
    await fetch(`${this.base}/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    clearTimeout(this.timer);
    this.poll();
  }

  async poll() {
    try {
      const response = await fetch(`${this.base}?after=${this.last}`);
      if (response.ok) (await response.json()).forEach((shown) => this.show(shown));
    } catch {
      // The hub is restarting: the next poll tries again.
    }
    const pause = Date.now() < this.quickUntil ? QUICK : SLOW;
    this.timer = setTimeout(() => this.poll(), pause);
  }

  show(shown) {
    if (shown.number <= this.last) return;
    this.last = shown.number;
    this.log.querySelector(".hint")?.remove();
    if (!shown.by_person) this.section.classList.remove("waiting");
    const bubble = document.createElement("div");
    bubble.className = shown.by_person ? "bubble own" : "bubble";
    const text = document.createElement("p");
    text.dir = "auto";
    text.textContent = shown.text;
    const time = document.createElement("time");
    time.dateTime = shown.at;
    time.textContent = new Date(shown.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    bubble.append(text);
    if (shown.audio) bubble.append(this.player(shown.audio));
    bubble.append(time);
    this.log.append(bubble);
    if (shown.buttons.length > 0) this.log.append(this.buttons(shown.buttons));
    this.log.scrollTop = this.log.scrollHeight;
  }

  // The hub's public address may not be the one that this page was opened by.
  player(address) {
    const audio = document.createElement("audio");
    audio.controls = true;
    audio.preload = "none";
    audio.src = new URL(address).pathname;
    return audio;
  }

  buttons(offered) {
    const box = document.createElement("div");
    box.className = "inline";
    for (const { label, token } of offered) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => this.post("press", { token }));
      box.append(button);
    }
    return box;
  }
}

const phones = [...document.querySelectorAll(".phone")].map((section) => new Phone(section));
Phone.current = phones[0];
for (const button of document.querySelectorAll("[data-example]")) {
  button.addEventListener("click", () => Phone.current.write(button.dataset.example));
}

const state = document.querySelector(".state");
async function tellEngine() {
  try {
    const { understanding } = await (await fetch("/readyz")).json();
    state.textContent = state.dataset[understanding] ?? "";
    state.className = `state ${understanding}`;
  } catch {
    state.textContent = "";
  }
  setTimeout(tellEngine, 4000);
}
tellEngine();
