// Draws each chart from the table below it. Without this file the tables stand open.
"use strict";

const HEIGHT = 240;
const reader = document.documentElement.lang;
const spellDay = new Intl.DateTimeFormat(reader, { day: "numeric", month: "short", timeZone: "UTC" });

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// With a narrow space between thousands, as the page spells them.
function spellNumber(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

// Columns of numbers: first the days in seconds, then what each column of the table holds.
function readTable(table) {
  const rows = [...table.tBodies[0].rows];
  const days = rows.map((row) => Date.parse(row.cells[0].dataset.day) / 1000);
  const columns = [...table.tHead.rows[0].cells].slice(1);
  const values = columns.map((_, at) =>
    rows.map((row) => (row.cells[at + 1].dataset.value === undefined ? null : Number(row.cells[at + 1].dataset.value))),
  );
  return { names: columns.map((cell) => cell.textContent), data: [days, ...values] };
}

function lineStyle(at, isBars, single) {
  if (isBars) return { paths: uPlot.paths.bars({ size: [0.7, 40] }), fill: token("--accent"), points: { show: false } };
  return { width: 2.5, dash: at === 1 ? [6, 5] : undefined, points: { show: single, size: 7 } };
}

function options(chart, table, width) {
  const isBars = chart.dataset.chart === "bars";
  const most = Number(chart.dataset.most) || null;
  const single = table.data[0].length <= 7;
  const axis = { stroke: token("--ink-soft"), font: "13px system-ui, sans-serif", ticks: { stroke: token("--line") } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { y: { range: (_, low, high) => [0, most ?? Math.max(4, Math.ceil(high * 1.1))] } },
    axes: [
      { ...axis, grid: { show: false }, space: 64, incrs: [1, 2, 7, 14, 28].map((days) => days * 86400), values: (_, ticks) => ticks.map((tick) => spellDay.format(tick * 1000)) },
      { ...axis, grid: { stroke: token("--line") }, size: 64, values: (_, ticks) => ticks.map(spellNumber), incrs: [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10000, 20000, 50000, 100000] },
    ],
    series: [{}, ...table.names.map((name, at) => ({ label: name, stroke: token(at === 0 ? "--accent" : "--ink"), ...lineStyle(at, isBars, single) }))],
    hooks: { setCursor: [(plot) => showReading(chart, table, plot.cursor.idx)] },
  };
}

function showReading(chart, table, at) {
  const line = chart.querySelector(".chart-reading");
  if (at === null || at === undefined) return;
  const told = table.names.map((name, column) => `${name}: ${spellNumber(table.data[column + 1][at] ?? "–")}`);
  line.textContent = `${spellDay.format(table.data[0][at] * 1000)} · ${told.join(" · ")}`;
}

function draw(chart) {
  const place = chart.querySelector(".chart-place");
  const table = readTable(chart.querySelector("table"));
  place.replaceChildren();
  const plot = new uPlot(options(chart, table, place.clientWidth || chart.clientWidth), table.data, place);
  showReading(chart, table, table.data[0].length - 1);
  return plot;
}

function follow(chart) {
  chart.querySelector("details").open = false;
  chart.classList.add("is-drawn");
  let plot = draw(chart);
  new ResizeObserver(() => {
    const width = chart.clientWidth;
    if (width && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  }).observe(chart);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    plot.destroy();
    plot = draw(chart);
  });
}

for (const chart of document.querySelectorAll("[data-chart]")) follow(chart);
