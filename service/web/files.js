// From a file to an article: plain text, a JSON document, or the text of an HTML page. Nothing in a file is run.

const MAX_BYTES = 4 << 20;
const LEFT_OUT = "script, style, noscript, template, nav, aside, footer, form, figure, button, svg, iframe";
const BLOCKS = "h2, h3, h4, p, li, blockquote, pre";

// Where the browser asks for it (Content-Security-Policy), markup may only be parsed by this policy.
const markup = globalThis.trustedTypes?.createPolicy("newsstand", { createHTML: (text) => text }) ?? {
  createHTML: (text) => text,
};

/** @returns {Promise<{title: string, text: string, note: string}>} */
export async function readArticle(file) {
  if (file.size > MAX_BYTES) {
    throw new Error("This file is larger than 4 MB. Label large files with the command newsstand label.");
  }
  const content = decode(await file.arrayBuffer());
  const name = file.name.toLowerCase();
  if (/\.html?$/.test(name) || file.type === "text/html") return fromHtml(content);
  if (/\.(json|jsonl|ndjson)$/.test(name) || file.type === "application/json") return fromJson(content);
  return { title: "", text: content, note: "" };
}

function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function fromJson(content) {
  const documents = parse(content);
  const first = documents[0];
  if (typeof first?.text !== "string") {
    throw new Error("This JSON file holds no document: an object with the field “text” is expected.");
  }
  const note = documents.length > 1 ? `The first of ${documents.length} documents. Label all with newsstand label.` : "";
  return { title: typeof first.title === "string" ? first.title : "", text: first.text, note };
}

function parse(content) {
  try {
    const value = JSON.parse(content);
    return Array.isArray(value) ? value : (value?.documents ?? [value]);
  } catch {
    const lines = content.split("\n").filter((line) => line.trim());
    try {
      return lines.map((line) => JSON.parse(line)).filter((value) => !(value?.newsstand && value.text === undefined));
    } catch {
      throw new Error("This file is neither JSON nor JSON lines.");
    }
  }
}

function fromHtml(content) {
  const page = new DOMParser().parseFromString(markup.createHTML(content), "text/html");
  for (const node of page.querySelectorAll(LEFT_OUT)) node.remove();
  const main = page.querySelector("article") || page.querySelector("main") || page.body;
  const heading = page.querySelector("h1");
  const title = flat((heading || page.querySelector("title"))?.textContent || "");
  heading?.remove();
  const blocks = [...main.querySelectorAll(BLOCKS)].filter((node) => !node.parentElement.closest(BLOCKS));
  const text = blocks.map((node) => flat(node.textContent)).filter(Boolean).join("\n\n");
  return { title, text: text || flat(main.textContent), note: "" };
}

const flat = (text) => text.replace(/\s+/g, " ").trim();
