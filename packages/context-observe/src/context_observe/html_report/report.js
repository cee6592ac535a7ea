"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const number = (value) => Math.round(value).toLocaleString("en-US");

  // ── light and dark ─────────────────────────────────────────────────────────────────────────────────────────────
  const root = document.documentElement, theme = byId("theme");
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; name(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
  name();

  // ── the curve: what it was at a step ───────────────────────────────────────────────────────────────────────────
  const point = byId("point");
  function nearest(svg, at) {
    const column = svg.dataset.way === "time" ? 3 : 0;
    let best = data.samples[0], latest = -Infinity, gap = Infinity;
    for (const sample of data.samples) {
      latest = sample[column] === null ? latest : Math.max(latest, sample[column]);
      if (Math.abs(latest - at) <= gap) { gap = Math.abs(latest - at); best = [...sample, latest]; }
    }
    return best;
  }
  function show(svg, event) {
    const box = svg.getBoundingClientRect(), d = svg.dataset, wide = svg.viewBox.baseVal.width;
    const first = +d.first, last = +d.last, left = +d.left, right = +d.right;
    const share = ((event.clientX - box.left) / box.width * wide - left) / (right - left);
    const sample = nearest(svg, first + Math.min(1, Math.max(0, share)) * (last - first));
    const x = last > first ? left + (sample[4] - first) / (last - first) * (right - left) : (left + right) / 2;
    const y = +d.bottom - sample[1] / +d.tokens * (d.bottom - d.top);
    const pointer = svg.querySelector(".pointer"), line = pointer.querySelector("line"), dot = pointer.querySelector("circle");
    line.setAttribute("x1", x); line.setAttribute("x2", x); dot.setAttribute("cx", x); dot.setAttribute("cy", y);
    pointer.removeAttribute("hidden");
    point.textContent = `step ${number(sample[0])}\n${number(sample[1])} tokens`
      + (sample[2] !== sample[1] ? `\n${number(sample[2])} without compression` : "")
      + (sample[3] === null ? "" : `\n${new Date(sample[3] * 1000).toISOString().slice(0, 19).replace("T", " ")}`);
    point.hidden = false;
    const shift = x / wide * box.width;
    point.style.left = `${shift + point.offsetWidth + 16 > box.width ? Math.max(0, shift - point.offsetWidth - 12) : shift + 12}px`;
  }
  for (const svg of document.querySelectorAll(".chart")) {
    svg.addEventListener("pointermove", (event) => show(svg, event));
    svg.addEventListener("pointerleave", () => { svg.querySelector(".pointer").setAttribute("hidden", ""); point.hidden = true; });
  }

  // ── what was elided: the filter ────────────────────────────────────────────────────────────────────────────────
  const filter = byId("filter");
  if (filter) {
    const rows = [...byId("elided-rows").rows].map((row) => [row, row.textContent.toLowerCase()]);
    const told = () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const [row, text] of rows) { row.hidden = !words.every((word) => text.includes(word)); count += !row.hidden; }
      byId("matches").textContent = `${number(count)} of ${number(rows.length)} parts`;
    };
    filter.closest(".filter").hidden = false;
    filter.addEventListener("input", told);
    told();
  }

  // ── why it happened: the causes of a chosen node ───────────────────────────────────────────────────────────────
  const svg = byId("chain");
  if (!svg) return;
  const [REF, LABEL, FAMILY, TEXT, TOKENS, FLAGS, LINKS] = [0, 1, 2, 3, 4, 5, 6];
  const mayChoose = (node) => node[FLAGS] & 1, isCut = (node) => node[FLAGS] & 2;
  const nodes = data.nodes, COLUMN = +svg.dataset.column, ROW = +svg.dataset.row, WIDTH = +svg.dataset.width, HEIGHT = +svg.dataset.height;

  /** Breadth-first, the latest cause of a node first, as context_core.causal_chain walks. */
  function chainOf(start) {
    const found = [], seen = new Set([start]), queue = [[start, 1]];
    let complete = true;
    walk: while (queue.length) {
      const [at, distance] = queue.shift();
      for (const link of nodes[at][LINKS]) {
        if (seen.has(link[0])) continue;
        if (found.length === data.max) { complete = false; break walk; }
        seen.add(link[0]);
        found.push({ index: link[0], effect: at, link, distance });
        queue.push([link[0], distance + 1]);
      }
      if (isCut(nodes[at])) complete = false;
    }
    return { found, complete };
  }

  /** Causes left of what they led to; see chains.lay_out, which draws the first chain in the same way. */
  function layOut(start, found) {
    const near = [...found].sort((a, b) => a.distance - b.distance || a.index - b.index);
    const causes = new Map([[start, []], ...near.map((cause) => [cause.index, []])]);
    for (const cause of [...found].sort((a, b) => a.index - b.index)) causes.get(cause.effect).push(cause.index);
    const depth = new Map([[start, 0], ...near.map((cause) => [cause.index, cause.distance])]);
    const rows = new Map(), free = new Map(), stack = [[start, false]];
    while (stack.length) {
      const [at, done] = stack.pop(), of = causes.get(at), firstFree = free.get(depth.get(at)) ?? 0;
      if (!done && of.length) { stack.push([at, true]); for (const cause of [...of].reverse()) stack.push([cause, false]); continue; }
      const middle = done ? (rows.get(of[0]) + rows.get(of[of.length - 1])) / 2 : firstFree, below = Math.max(0, firstFree - middle);
      rows.set(at, middle);
      const subtree = [at];
      for (const each of subtree) {
        subtree.push(...causes.get(each));
        rows.set(each, rows.get(each) + below);
        free.set(depth.get(each), Math.max(free.get(depth.get(each)) ?? 0, rows.get(each) + 1));
      }
    }
    const deepest = Math.max(0, ...near.map((cause) => cause.distance));
    const place = (index, distance) => ({ index, x: (deepest - distance) * COLUMN, y: rows.get(index) * ROW });
    return [place(start, 0), ...near.map((cause) => ({ ...place(cause.index, cause.distance), effect: cause.effect, link: cause.link }))];
  }

  function make(tag, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }
  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }
  function linkWords([, words, values, more]) {
    return words + (values.length ? ` ${values.join(", ")}` : "") + (more ? ` and ${more} more` : "");
  }
  function cut(text, most) {
    const characters = [...text];
    return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
  }

  function drawEdge(box, to) {
    const x1 = box.x + WIDTH, y1 = box.y + HEIGHT / 2, y2 = to.y + HEIGHT / 2, middle = (x1 + to.x) / 2;
    return make("g", { class: "edge", "data-from": nodes[box.index][REF], "data-to": nodes[to.index][REF] },
      make("path", { d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${to.x} ${y2}` }),
      make("svg", { x: box.x, y: box.y + HEIGHT, width: COLUMN - 12, height: 20 }, make("text", { x: 8, y: 14 }, cut(linkWords(box.link), 44))));
  }
  function drawBox(box, isAsked) {
    const node = nodes[box.index];
    const group = make("g", { class: isAsked ? "box asked" : "box", "data-ref": node[REF] },
      make("title", {}, `${node[LABEL]} ${node[REF]}: ${node[TEXT]}`),
      make("svg", { x: box.x, y: box.y, width: WIDTH, height: HEIGHT },
        make("rect", { class: "card", x: 0.75, y: 0.75, width: WIDTH - 1.5, height: HEIGHT - 1.5, rx: 6 }),
        make("rect", { class: `f-${node[FAMILY]}`, x: 0.75, y: 0.75, width: 5, height: HEIGHT - 1.5, rx: 2.5 }),
        make("text", { class: "name", x: 14, y: 21 }, cut(node[LABEL], 27)),
        make("text", { class: "words", x: 14, y: 39 }, cut(node[TEXT], 33))));
    if (!isAsked && mayChoose(node)) {
      for (const [key, value] of [["role", "button"], ["tabindex", "0"], ["aria-label", `Show the causes of ${node[LABEL]} ${node[REF]}`]]) group.setAttribute(key, value);
      group.addEventListener("click", () => choose(box.index));
      group.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(box.index); } });
    }
    return group;
  }
  function listItem(box, boxes) {
    const node = nodes[box.index], to = nodes[box.effect];
    return element("li", "", element("b", "", node[LABEL]), " ", element("span", "ref", node[REF]), ` ${linkWords(box.link)} → ${to[LABEL]} `,
      element("span", "ref", to[REF]), element("span", "quoted note", node[TEXT]));
  }

  function draw(start) {
    const { found, complete } = chainOf(start), boxes = layOut(start, found);
    const of = new Map(boxes.map((box) => [box.index, box]));
    const width = Math.max(...boxes.map((box) => box.x)) + WIDTH + 2, height = Math.max(...boxes.map((box) => box.y)) + ROW;
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", `-1 -1 ${width} ${height}`);
    svg.replaceChildren(...boxes.slice(1).map((box) => drawEdge(box, of.get(box.effect))), ...boxes.map((box, place) => drawBox(box, place === 0)));
    const items = boxes.slice(1).sort((a, b) => a.x - b.x).map((box) => listItem(box, boxes));
    byId("causes").replaceChildren(...(items.length ? items : [element("li", "", "It has no causes in this session.")]));
    const node = nodes[start];
    byId("chosen").replaceChildren(element("b", "", node[LABEL]), " ", element("span", "ref", node[REF]));
    byId("cut").hidden = complete;
    byId("cut").querySelector("code").textContent = `ctx why ${node[REF]} --max 100`;
    const scroll = svg.closest(".scroll");
    scroll.scrollLeft = scroll.scrollWidth;
  }

  const pick = byId("pick"), find = byId("find"), MOST = 300;
  const texts = nodes.map((node) => node.slice(0, 4).join(" ").toLowerCase());
  function list() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean), options = [];
    for (let index = nodes.length - 1; index >= 0 && options.length < MOST; index--) {
      if (!mayChoose(nodes[index]) || !words.every((word) => texts[index].includes(word))) continue;
      const option = element("option", "", `${nodes[index][REF]}  ${nodes[index][LABEL]}  ${nodes[index][TEXT]}`);
      option.value = index;
      options.push(option);
    }
    pick.replaceChildren(...options);
    pick.value = String(chosen);
  }
  let chosen = data.chosen;
  function choose(index) { chosen = index; draw(index); pick.value = String(index); }
  pick.closest(".picker").hidden = false;
  pick.addEventListener("change", () => choose(+pick.value));
  find.addEventListener("input", list);
  list();
  draw(chosen);
})();
