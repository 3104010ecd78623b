// Builds elements. Text goes in as text and never as markup, so nothing that an article holds can become a tag.

/**
 * @param {string} tag
 * @param {Object<string, unknown>} [properties] "class", "on…" listeners, DOM properties, or attributes
 * @param {...(Node|string|null|false)} children
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

// Embeddings, overrides and isolates would reorder what stands beside them; other controls would show as nothing.
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** The nodes for a piece of foreign text: characters that play tricks are shown by their number. */
export function foreign(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(CONTROLS)) {
    const code = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    nodes.push(text.slice(from, found.index), element("span", { class: "control" }, `U+${code}`));
    from = found.index + 1;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

/** The same inside an element that keeps its writing direction to itself. */
export const quoted = (text, tag = "bdi") => element(tag, { dir: "auto" }, ...foreign(text));
