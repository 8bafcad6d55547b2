"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;

/** An element with text or children, and properties. Text never becomes markup. */
function make(name, content, properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...[content].flat());
  return made;
}

/** A token's spelling with what would be invisible made visible. */
function spelling(token) {
  return token.token.replace(/\n/g, "⏎").replace(/\t/g, "⇥").replace(/\r/g, "␍") || "(empty)";
}

function showSummary() {
  const head = data.head ? `, ${data.head}` : ", without a head";
  element("summary").textContent = `Model ${data.model}${head}; ${data.tokens.length} tokens.`;
  if (data.truncated) {
    element("summary").after(make("p", data.truncated, { className: "notice" }));
  }
}

const SHOWN_LABELS = 8;

function showAnswer() {
  if (data.answer.length === 0) return;
  element("answer").hidden = false;
  const largest = Math.max(...data.answer.map((answer) => Math.abs(answer.score)), Number.MIN_VALUE);
  const rows = data.answer.map((answer, index) => {
    const bar = make("span", "");
    bar.style.width = `${100 * (data.probabilities ? answer.score : Math.abs(answer.score) / largest)}%`;
    const score = [make("span", bar, { className: "bar" }), answer.score.toFixed(4)];
    const row = make("tr", [
      make("td", answer.label),
      make("td", score),
      make("td", answer.logit.toFixed(4), { className: "number" }),
    ]);
    row.classList.toggle("chosen", answer.label === data.label);
    row.hidden = index >= SHOWN_LABELS && answer.label !== data.label;
    return row;
  });
  element("answer-table").tBodies[0].append(...rows);
  const more = element("answer-more");
  more.hidden = rows.every((row) => !row.hidden);
  more.textContent = `Show all ${rows.length} labels`;
  more.addEventListener("click", () => {
    rows.forEach((row) => (row.hidden = false));
    more.hidden = true;
  });
}

/** What the relevance of the tokens means, and what each token's is. */
const METHODS = {
  rollout: {
    note: () =>
      "Attention rollout: how much of what reaches the first token in the last layer comes from each token, when every " +
      "layer passes on half of what it gets and takes the other half by the mean attention of its heads. The values sum to 1. " +
      "It follows attention alone, and says nothing about which label a token speaks for.",
    value: ({ relevance }) => `relevance ${relevance.toFixed(4)}`,
  },
  occlusion: {
    note: () =>
      `Occlusion: how much the logit of “${data.label}” falls when the token is replaced by [MASK]. ` +
      "Blue tokens speak for this label, orange ones against it.",
    value: ({ relevance, sequence }) =>
      sequence === null
        ? "relevance 0, as special tokens are not replaced"
        : `relevance ${signed(relevance)}: without it, the logit of “${data.label}” ` +
          `${relevance < 0 ? "rises" : "falls"} by ${Math.abs(relevance).toFixed(4)}`,
  },
};
const method = METHODS[data.method];

function describeToken(token, index) {
  const place = token.bytes ? `, bytes ${token.bytes[0]} to ${token.bytes[1]}` : "";
  const label = token.label ? `; label ${token.label} (${token.label_score.toFixed(4)})` : "";
  return `Token ${index}: “${spelling(token)}”, ${method.value(token)}; id ${token.id}${place}${label}`;
}

function tokenSpan(token, index, largest) {
  const visible = token.text.replace(/\n/g, "⏎\n");
  const span = make("span", visible || spelling(token), { className: "token", tabIndex: -1 });
  span.dataset.index = index;
  span.classList.toggle("spelled", visible === "");
  span.classList.toggle("negative", token.relevance < 0);
  span.style.setProperty("--strength", Math.min(Math.abs(token.relevance) / largest, 1));
  span.setAttribute("role", "img");
  span.setAttribute("aria-label", describeToken(token, index));
  return span;
}

function showTokens() {
  // Special tokens draw much attention; they do not set the scale for the others.
  const text = data.tokens.filter((token) => token.sequence !== null);
  const magnitudes = (text.length > 0 ? text : data.tokens).map((token) => Math.abs(token.relevance));
  const largest = Math.max(...magnitudes, Number.MIN_VALUE);
  const scale = ` The strongest colour stands for ${largest.toFixed(4)}, the largest value of a token of the text.`;
  element("relevance-note").textContent = method.note() + scale;

  const paragraphs = [make("p", "")];
  let sequence = 0;
  data.tokens.forEach((token, index) => {
    if (token.sequence !== null && token.sequence !== sequence) {
      sequence = token.sequence;
      paragraphs.push(make("p", ""));
    }
    paragraphs.at(-1).append(token.gap, tokenSpan(token, index, largest));
  });
  const tokens = element("tokens");
  tokens.append(...paragraphs);

  const spans = [...tokens.querySelectorAll(".token")];
  const show = (span) => {
    const index = Number(span.dataset.index);
    element("token-readout").textContent = describeToken(data.tokens[index], index);
  };
  let current = 0;
  // One stop of the tab key for all tokens; the arrow keys move among them.
  const select = (index) => {
    spans[current].tabIndex = -1;
    current = Math.min(Math.max(index, 0), spans.length - 1);
    spans[current].tabIndex = 0;
  };
  if (spans.length > 0) select(0);
  // Not "pointerover": that also comes when the arrow keys scroll the text below a pointer at rest.
  tokens.addEventListener("pointermove", (event) => {
    const span = event.target.closest(".token");
    if (span) show(span);
  });
  tokens.addEventListener("focusin", (event) => {
    select(spans.indexOf(event.target));
    show(event.target);
  });
  tokens.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: spans.length - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    select(moves[event.key]);
    spans[current].focus();
  });

  element("token-table").tBodies[0].append(...data.tokens.map((token, index) => make("tr", [
    make("td", String(index), { className: "number" }),
    make("td", spelling(token)),
    make("td", String(token.id), { className: "number" }),
    make("td", token.relevance.toFixed(6), { className: "number" }),
    make("td", token.bytes ? token.bytes.join("–") : "", { className: "number" }),
  ])));
}

/** Relative positions: each row of the table has the distances from `from` to `to`. */
function positionOf(distance) {
  const { ranges } = data.positions;
  const found = ranges.find(([, to]) => distance <= to) ?? ranges.at(-1);
  const row = found[2];
  return { bucket: row - data.positions.span, row };
}

function showPositions() {
  const positions = data.positions;
  if (!positions) {
    element("positions-note").textContent = "This model does not use relative positions.";
    return;
  }
  const { span, maximum, ranges } = positions;
  element("positions").hidden = false;
  element("positions-note").textContent =
    `The distance of two tokens is the query's position minus the key's. Distances share ${2 * span} relative embeddings ` +
    `(rows): near ones have a row each, farther ones share rows, and from ${maximum} on all share the last. ` +
    `Terms: ${positions.terms || "none"}.`;
  const distance = element("distance");
  const update = () => {
    const value = Math.trunc(Number(distance.value));
    const { bucket, row } = positionOf(value);
    element("distance-readout").textContent = `bucket ${bucket}, row ${row}`;
  };
  distance.addEventListener("input", update);
  update();
  element("position-table").tBodies[0].append(...ranges.map(([from, to, row], index) => {
    const open = index === 0 ? `≤ ${to}` : index === ranges.length - 1 ? `≥ ${from}` : null;
    const cells = [open ?? (from === to ? String(from) : `${from} to ${to}`), String(row - span), String(row)];
    return make("tr", cells.map((cell) => make("td", cell, { className: "number" })));
  }));
}

/** The attention of one layer: the square roots of the probabilities in 255 steps, [heads, tokens, tokens]. */
async function unpack(base64) {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const LARGEST_CELL = 24;
const LABELLED_CELL = 11;
const LABEL_LENGTH = 14;

class AttentionMap {
  constructor(tokens) {
    this.tokens = tokens;
    this.size = tokens.length;
    this.canvas = element("map");
    this.cell = null;
    this.image = document.createElement("canvas");
    this.image.width = this.image.height = this.size;
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("focus", () => this.select(this.cell ?? [0, 0]));
    this.canvas.addEventListener("keydown", (event) => this.move(event));
    new ResizeObserver(() => this.draw()).observe(element("map-frame"));
    for (const query of ["(prefers-color-scheme: dark)", "print"]) {
      matchMedia(query).addEventListener("change", () => this.show(this.values));
    }
  }

  /** Shows the square roots of probabilities [tokens, tokens] as bytes. */
  show(values) {
    this.values = values;
    const largest = values.reduce((left, right) => Math.max(left, right), 1);
    element("legend-largest").textContent = ((largest / 255) ** 2).toFixed(4);
    const colours = this.colours(largest);
    const pixels = new ImageData(this.size, this.size);
    values.forEach((value, index) => pixels.data.set(colours[value], 4 * index));
    this.image.getContext("2d").putImageData(pixels, 0, 0);
    this.draw();
    if (this.cell) this.describe();
  }

  /** The colours of the values up to the largest one. */
  colours(largest) {
    const style = getComputedStyle(document.documentElement);
    const stops = ["--map-low", "--map-middle", "--map-high"].map((name) => {
      const hex = style.getPropertyValue(name).trim();
      return [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
    });
    return Array.from({ length: largest + 1 }, (_, value) => {
      const place = (2 * value) / largest;
      const [from, to] = place <= 1 ? [stops[0], stops[1]] : [stops[1], stops[2]];
      const share = place <= 1 ? place : place - 1;
      return [...from.map((channel, index) => channel + share * (to[index] - channel)), 255];
    });
  }

  /** Chooses whole pixels for a cell, and room for the tokens' names where cells are high enough to hold them. */
  layout() {
    const width = element("map-frame").clientWidth;
    const names = this.tokens.map((token) => shortened(spelling(token)));
    const context = this.canvas.getContext("2d");
    context.font = this.font(LABELLED_CELL);
    const longest = Math.ceil(Math.max(...names.map((name) => context.measureText(name).width))) + 8;
    const side = (margin) => Math.min(Math.floor((width - margin - 1) / this.size), LARGEST_CELL);
    const labelled = side(longest) >= LABELLED_CELL;
    const margin = labelled ? longest : 0;
    return { names, labelled, margin, side: Math.max(side(margin), 1) };
  }

  font(size) {
    return `${size}px ui-monospace, monospace`;
  }

  draw() {
    if (!this.values) return;
    const { names, labelled, margin, side } = this.layout();
    Object.assign(this, { margin, side });
    const extent = margin + side * this.size + 1;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = this.canvas.height = Math.round(extent * ratio);
    this.canvas.style.width = this.canvas.style.height = `${extent}px`;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.image, margin, margin, side * this.size, side * this.size);
    const style = getComputedStyle(document.documentElement);
    if (labelled) {
      context.font = this.font(LABELLED_CELL);
      context.fillStyle = style.getPropertyValue("--text");
      context.textBaseline = "middle";
      names.forEach((name, index) => {
        const middle = margin + (index + 0.5) * side;
        context.textAlign = "right";
        context.fillText(name, margin - 4, middle);
        context.save();
        context.translate(middle, margin - 4);
        context.rotate(-Math.PI / 2);
        context.textAlign = "left";
        context.fillText(name, 0, 0);
        context.restore();
      });
    }
    if (this.cell) {
      const [query, key] = this.cell;
      context.strokeStyle = style.getPropertyValue("--map-mark");
      context.lineWidth = 1;
      context.globalAlpha = 0.5;
      context.strokeRect(margin + 0.5, margin + query * side + 0.5, side * this.size, side);
      context.strokeRect(margin + key * side + 0.5, margin + 0.5, side, side * this.size);
      context.globalAlpha = 1;
      context.lineWidth = 2;
      context.strokeRect(margin + key * side, margin + query * side, side + 1, side + 1);
    }
  }

  point(event) {
    // A canvas that is printed or zoomed is not as wide as it was drawn.
    const scale = (this.margin + this.side * this.size + 1) / this.canvas.clientWidth;
    const place = (offset) => Math.floor((offset * scale - this.margin) / this.side);
    const cell = [place(event.offsetY), place(event.offsetX)];
    if (cell.every((index) => index >= 0 && index < this.size)) this.select(cell);
  }

  move(event) {
    const [query, key] = this.cell ?? [0, 0];
    const moves = {
      ArrowUp: [query - 1, key],
      ArrowDown: [query + 1, key],
      ArrowLeft: [query, key - 1],
      ArrowRight: [query, key + 1],
      PageUp: [query - 10, key],
      PageDown: [query + 10, key],
      Home: [query, 0],
      End: [query, this.size - 1],
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.select(moves[event.key]);
  }

  select(cell) {
    this.cell = cell.map((index) => Math.min(Math.max(index, 0), this.size - 1));
    this.draw();
    this.describe();
  }

  describe() {
    const [query, key] = this.cell;
    const root = this.values[query * this.size + key] / 255;
    const named = (index) => `“${spelling(this.tokens[index])}” (${index})`;
    let text = `${named(query)} looks at ${named(key)}: probability ${(root * root).toFixed(4)}`;
    if (data.positions) {
      const { bucket, row } = positionOf(query - key);
      text += `; distance ${query - key}, bucket ${bucket}, row ${row}`;
    }
    element("map-readout").textContent = text;
  }
}

function shortened(name) {
  const characters = [...name];
  return characters.length > LABEL_LENGTH ? `${characters.slice(0, LABEL_LENGTH - 1).join("")}…` : name;
}

function showAttention() {
  const { layers, heads, note } = data.attention;
  element("attention-note").textContent = note;
  if (layers.length === 0) return;
  element("attention").hidden = false;
  const [layer, head] = [element("layer"), element("head")];
  layer.append(...layers.map((_, index) => new Option(`${index + 1} of ${layers.length}`, index)));
  if (heads > 1) head.append(new Option("mean of all", "mean"));
  for (let index = 0; index < heads; index += 1) {
    head.append(new Option(data.attention.mean ? "mean of all" : `${index + 1} of ${heads}`, index));
  }
  layer.value = layers.length - 1;

  const map = new AttentionMap(data.tokens);
  const area = data.tokens.length ** 2;
  const update = async () => {
    const wanted = layer.value;
    const values = await unpack(layers[wanted]);
    // Another layer may have been chosen meanwhile.
    if (wanted !== layer.value) return;
    const start = Number(head.value) * area;
    map.show(head.value === "mean" ? meanOfHeads(values, heads, area) : values.subarray(start, start + area));
  };
  layer.addEventListener("change", update);
  head.addEventListener("change", update);
  update();
}

/** The mean of the probabilities, again as square roots. */
function meanOfHeads(values, heads, area) {
  return Uint8Array.from({ length: area }, (_, index) => {
    let sum = 0;
    for (let head = 0; head < heads; head += 1) sum += values[head * area + index] ** 2;
    return Math.round(Math.sqrt(sum / heads));
  });
}

showSummary();
showAnswer();
showTokens();
showPositions();
showAttention();
