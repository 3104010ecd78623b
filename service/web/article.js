// Shows an article and marks passages in it. Knows nothing of labels.

import { element, foreign } from "./dom.js";
import { codePoints } from "./offsets.js";

const FIELDS = ["title", "text"];

export class ArticleView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.fields = {};
    this.marked = [];
    this.marks = new Map();
  }

  /** @param {{title: string, text: string}} article */
  show(article) {
    this.marked = [];
    this.marks.clear();
    const title = { text: article.title, at: codePoints(article.title), blocks: [] };
    const text = { text: article.text, at: codePoints(article.text), blocks: [] };
    if (article.title) title.blocks.push(block("h2", article.title, 0, article.title.length));
    for (const line of article.text.matchAll(/[^\n]+/g)) {
      if (line[0].trim()) text.blocks.push(block("p", article.text, line.index, line.index + line[0].length));
    }
    this.fields = { title, text };
    this.root.replaceChildren(...title.blocks.map((b) => b.node), ...text.blocks.map((b) => b.node));
  }

  /** The words of a passage. */
  cut(span) {
    const { text, at } = this.fields[span.field];
    return text.slice(at(span.start), at(span.end));
  }

  /**
   * Mark these passages and no others.
   * @param {{field: string, start: number, end: number, weight: number}[]} spans
   */
  mark(spans) {
    for (const { node, text, start, end } of this.marked) node.replaceChildren(...foreign(text.slice(start, end)));
    this.marked = [];
    this.marks.clear();
    const strongest = Math.max(...spans.map((span) => Math.abs(span.weight)), 1e-9);
    for (const name of FIELDS) {
      const { text, at, blocks } = this.fields[name];
      const passages = spans
        .filter((span) => span.field === name)
        .map((span) => ({ span, start: at(span.start), end: at(span.end), strength: Math.abs(span.weight) / strongest }))
        .sort((one, other) => one.start - other.start);
      for (const part of blocks) {
        const inside = passages.filter((passage) => passage.start < part.end && passage.end > part.start);
        if (inside.length) this.#markBlock({ ...part, text }, inside);
      }
    }
  }

  /** Bring a marked passage into view. */
  reveal(span) {
    const mark = this.marks.get(span);
    if (!mark) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    mark.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    mark.classList.remove("found");
    requestAnimationFrame(() => mark.classList.add("found"));
  }

  #markBlock(part, passages) {
    const nodes = [];
    let from = part.start;
    for (const { span, start, end, strength } of passages) {
      const left = Math.max(start, from);
      const right = Math.min(end, part.end);
      if (right <= left) continue;
      nodes.push(...foreign(part.text.slice(from, left)));
      const mark = element("mark", { class: span.weight < 0 ? "against" : "for" }, ...foreign(part.text.slice(left, right)));
      mark.style.setProperty("--strength", strength.toFixed(2));
      if (!this.marks.has(span)) this.marks.set(span, mark);
      nodes.push(mark);
      from = right;
    }
    nodes.push(...foreign(part.text.slice(from, part.end)));
    part.node.replaceChildren(...nodes);
    this.marked.push(part);
  }
}

function block(tag, text, start, end) {
  return { node: element(tag, { dir: "auto" }, ...foreign(text.slice(start, end))), start, end };
}
