"use strict";
// The interactive timeline: canvas, binary search, level of detail. A frame takes a few hundred steps a row, however many
// bars there are: those that share a column of pixels are sampled and divide it among them.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const canvas = document.getElementById("timeline");
  const tip = document.getElementById("tip");
  const range = document.getElementById("range");
  const context = canvas.getContext("2d");
  const LEFT = 130, TOP = 6, AXIS = 34, SAMPLES = 16, LEAST = 20;
  const HEIGHT = { thread: 22, lock: 14, waiters: 20, core: 12 }, SPACE = 6;
  const MARKS = ["\u25bd", "\u25c6", "\u25b2", "\u25a0"];
  const length = data.to - data.from;
  let from = 0, to = Math.min(length, data.shown);
  let width = 0, steps = 0, pending = false, dragged = null;

  // From gaps and lengths to begins and ends.
  for (const row of data.rows) {
    const count = row.gap.length;
    row.begin = new Float64Array(count);
    row.end = new Float64Array(count);
    let at = 0;
    for (let i = 0; i < count; i++) {
      row.begin[i] = at += row.gap[i];
      row.end[i] = at += row.length[i];
    }
    row.marks = data.kinds.map(() => []);
  }
  for (const [row, at, kind] of data.marks) data.rows[row].marks[kind].push(at);

  // Where each row stands. Under a lock stands the number of its waiters.
  let bottom = TOP;
  let locks = 0;
  const lanes = [];
  for (const row of data.rows) {
    if (row.kind !== "thread" && lanes.length && lanes[lanes.length - 1].row.kind === "thread") bottom += SPACE;
    lanes.push({ row, top: bottom, height: HEIGHT[row.kind] });
    bottom += HEIGHT[row.kind] + SPACE;
    if (row.kind === "lock") {
      const counts = data.waiters[locks++];
      lanes.push({ row, counts, most: counts.reduce((most, [, count]) => Math.max(most, count), 1), top: bottom, height: HEIGHT.waiters });
      bottom += HEIGHT.waiters + SPACE;
    }
  }
  const height = bottom + AXIS;

  const x = (time) => LEFT + (time - from) / (to - from) * (width - LEFT);
  const time = (x) => from + (x - LEFT) / (width - LEFT) * (to - from);

  // The first number from `low` up to `high` that passes a test which all later ones pass too; `high` if none does.
  function first(low, high, passes) {
    while (low < high) {
      const middle = (low + high) >> 1;
      if (passes(middle)) high = middle; else low = middle + 1;
    }
    return low;
  }

  // The first index from `low` on at which a list is greater than a value.
  const after = (list, value, low = 0) => first(low, list.length, (i) => list[i] > value);

  function words(nanos) {
    const [scale, unit] = Math.abs(nanos) < 1e3 ? [1, "ns"] : Math.abs(nanos) < 1e6 ? [1e3, "\u00b5s"] : Math.abs(nanos) < 1e9 ? [1e6, "ms"] : [1e9, "s"];
    return `${+(nanos / scale).toPrecision(12)} ${unit}`;
  }

  function about(nanos) {
    const text = words(nanos).split(" ");
    return `${+(+text[0]).toPrecision(4)} ${text[1]}`;
  }

  function drawBars({ row, top, height }) {
    const { begin, end, paint } = row;
    let i = after(end, from);
    while (i < begin.length && begin[i] < to) {
      steps++;
      const left = Math.max(x(begin[i]), LEFT), right = Math.min(x(end[i]), width);
      if (right - left >= 1) {
        context.fillStyle = data.paints[paint[i]][1];
        context.fillRect(left, top, right - left, height);
        i++;
        continue;
      }
      // All bars that end in this column of pixels.
      const column = Math.floor(left), until = time(column + 1);
      const next = Math.max(i + 1, after(end, until, i));
      const shares = new Map();
      const stride = Math.max(1, (next - i) / SAMPLES);
      let sum = 0, total = 0;
      for (let k = i; k < next; k += stride) {
        const bar = Math.floor(k), share = end[bar] - begin[bar];
        shares.set(paint[bar], (shares.get(paint[bar]) || 0) + share);
        sum += share;
        total += bar > i ? end[bar] - end[bar - 1] : share;
      }
      let y = top + height * (1 - sum / total);
      for (const [which, share] of [...shares].sort((a, b) => a[0] - b[0])) {
        context.fillStyle = data.paints[which][1];
        context.fillRect(column, y, 1, height * share / total);
        y += height * share / total;
      }
      i = next;
    }
  }

  function drawMarks({ row, top, height }) {
    context.font = "10px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = "#000";
    const kinds = row.marks.map((_, kind) => kind).filter((kind) => row.marks[kind].length);
    kinds.forEach((kind, place) => {
      const marks = row.marks[kind];
      const since = (when, low = 0) => first(low, marks.length, (i) => marks[i] >= when);
      const y = top + height * (place + 1) / (kinds.length + 1);
      // Of marks that would cover each other the first is drawn.
      for (let i = since(from); i < marks.length && marks[i] <= to; i = since(time(x(marks[i]) + 7), i + 1)) {
        steps++;
        context.fillText(MARKS[kind], x(marks[i]), y);
      }
    });
  }

  function drawWaiters({ counts, most, top, height }) {
    context.fillStyle = "#f2a39b";
    let i = Math.max(first(0, counts.length, (i) => counts[i][0] > from) - 1, 0);
    while (i < counts.length && counts[i][0] < to) {
      steps++;
      // Of the numbers within a column of pixels the greatest of a sample is shown.
      const left = Math.max(x(counts[i][0]), LEFT);
      const next = first(i + 1, counts.length, (k) => x(counts[k][0]) >= Math.floor(left) + 1);
      let count = counts[i][1];
      for (let k = i; k < next; k += Math.max(1, (next - i) / SAMPLES)) count = Math.max(count, counts[Math.floor(k)][1]);
      const right = next < counts.length ? Math.min(x(counts[next][0]), width) : width;
      const tall = height * count / most;
      context.fillRect(left, top + height - tall, Math.max(right - left, 1), tall);
      i = next;
    }
  }

  function drawAxis() {
    const rough = (to - from) / Math.max(2, (width - LEFT) / 110);
    const decade = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((k) => k * decade).find((k) => k >= rough);
    context.font = "12px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "top";
    for (let tick = Math.ceil((data.from + from) / step) * step; tick <= data.from + to; tick += step) {
      const place = x(tick - data.from);
      context.fillStyle = "#ddd";
      context.fillRect(place, TOP, 1, bottom - TOP);
      context.fillStyle = "#333";
      if (place < width - 30) context.fillText(words(tick), place, bottom + 4);
    }
  }

  function draw() {
    pending = false;
    steps = 0;
    const ratio = window.devicePixelRatio || 1;
    width = canvas.clientWidth;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    drawAxis();
    for (const lane of lanes) {
      if (lane.counts) drawWaiters(lane); else { drawBars(lane); drawMarks(lane); }
      context.font = "12px sans-serif";
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.fillStyle = "#111";
      const swatch = lane.row.color ? 12 : 0;
      const name = lane.counts ? `its waiters (to ${lane.most})` : lane.row.name;
      context.fillText(name, LEFT - 8 - swatch, lane.top + lane.height / 2, LEFT - 12 - swatch);
      if (swatch) {
        context.fillStyle = lane.row.color;
        context.fillRect(LEFT - 16, lane.top + lane.height / 2 - 4, 8, 8);
      }
    }
    range.textContent = `${words(data.from + Math.round(from))} to ${words(data.from + Math.round(to))}`;
    Object.assign(canvas.dataset, { from, to, steps });
  }

  function redraw() {
    if (!pending) {
      pending = true;
      requestAnimationFrame(draw);
    }
  }

  function show(begin, end) {
    const span = Math.min(Math.max(end - begin, LEAST), length);
    from = Math.min(Math.max(begin, 0), length - span);
    to = from + span;
    redraw();
  }

  function zoom(factor, at = (from + to) / 2) {
    const span = Math.min(Math.max((to - from) * factor, LEAST), length);
    const begin = at - (at - from) * span / (to - from);
    show(begin, begin + span);
  }

  const pan = (share) => show(from + share * (to - from), to + share * (to - from));

  // What stands under the pointer, in words.
  function told(px, py) {
    const lane = lanes.find(({ top, height }) => py >= top && py < top + height);
    if (!lane || px < LEFT) return "";
    const at = time(px);
    const { row } = lane;
    if (lane.counts) {
      const next = first(0, lane.counts.length, (i) => lane.counts[i][0] > at);
      return next ? `${lane.counts[next - 1][1]} waiting for the ${row.name}` : "";
    }
    const lines = row.marks.flatMap((marks, kind) => {
      const i = first(0, marks.length, (i) => x(marks[i]) > px - 5);
      return i < marks.length && x(marks[i]) < px + 5 ? [`${data.kinds[kind]} at ${words(data.from + marks[i])}`] : [];
    });
    const i = after(row.end, at);
    if (i < row.begin.length && row.begin[i] <= at) {
      const what = data.paints[row.paint[i]][0];
      const lasts = about(row.end[i] - row.begin[i]);
      if (row.kind === "thread") {
        lines.unshift(`${row.name}: ${what}, ${lasts}`);
        const core = row.core[i] < 0 ? "" : ` on core ${row.core[i]}`;
        lines.push(`state ${data.states[row.state[i]]}${core}`);
        if (data.causes[row.cause[i]]) lines.push(data.causes[row.cause[i]]);
      } else {
        lines.unshift(`${row.name}: ${what}, ${lasts}`);
      }
      lines.push(`${words(data.from + row.begin[i])} to ${words(data.from + row.end[i])}`);
    } else {
      lines.unshift(`${row.name}: ${row.kind === "lock" ? "free" : row.kind === "core" ? "idle" : "absent"}`);
    }
    return lines.join("\n");
  }

  function point(event) {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const [px] = point(event);
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX / 1000);
    else zoom(Math.exp(event.deltaY / 400), time(Math.max(px, LEFT)));
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    dragged = [event.clientX, from, to];
    canvas.style.cursor = "grabbing";
    if (event.isTrusted) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointerup", () => {
    dragged = null;
    canvas.style.cursor = "";
  });
  canvas.addEventListener("pointermove", (event) => {
    if (dragged) {
      const by = (event.clientX - dragged[0]) / (width - LEFT) * (dragged[2] - dragged[1]);
      show(dragged[1] - by, dragged[2] - by);
    }
    const [px, py] = point(event);
    const text = told(px, py);
    tip.hidden = !text;
    tip.textContent = text;
    tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8)}px`;
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("dblclick", (event) => zoom(0.25, time(point(event)[0])));
  canvas.addEventListener("keydown", (event) => {
    const does = {
      ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), "+": () => zoom(0.5), "=": () => zoom(0.5),
      "-": () => zoom(2), ArrowUp: () => zoom(0.5), ArrowDown: () => zoom(2), 0: () => show(0, length), Home: () => show(0, to - from),
    }[event.key];
    if (does) {
      event.preventDefault();
      does();
    }
  });
  document.getElementById("in").addEventListener("click", () => zoom(0.5));
  document.getElementById("out").addEventListener("click", () => zoom(2));
  document.getElementById("all").addEventListener("click", () => show(0, length));
  window.addEventListener("resize", redraw);

  const legend = document.getElementById("legend");
  const used = new Set(data.rows.flatMap((row) => [...new Set(row.paint)]));
  data.paints.slice(0, data.activities).forEach(([name, color], paint) => {
    if (!used.has(paint)) return;
    const entry = document.createElement("span");
    const sample = document.createElement("i");
    sample.style.background = color;
    entry.append(sample, name);
    legend.append(entry);
  });
  data.kinds.forEach((name, kind) => {
    if (!data.marks.some((mark) => mark[2] === kind)) return;
    const entry = document.createElement("span");
    entry.textContent = `${MARKS[kind]} ${name}`;
    legend.append(entry);
  });
  draw();
})();
