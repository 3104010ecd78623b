// Talks to the service. Every failure becomes a Problem with a title and advice for a person.

export class Problem extends Error {
  /** @param {{type?: string, title?: string, detail?: string, status?: number}} content as in RFC 9457 */
  constructor(content) {
    super(content.title || "The service did not answer as expected");
    this.type = content.type || "about:blank";
    this.detail = content.detail || "";
    this.status = content.status || 0;
  }
}

const UNREACHABLE = {
  title: "The service cannot be reached",
  detail: "Check that it still runs and that this machine is connected, then try again.",
};

let key = ""; // for services that ask for one; forgotten with the page

export const useKey = (given) => (key = given);
export const hasKey = () => key !== "";

async function ask(path, { headers = {}, ...options } = {}) {
  const sent = key ? { ...headers, Authorization: `Bearer ${key}` } : headers;
  let response;
  try {
    response = await fetch(path, { ...options, headers: sent });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(UNREACHABLE);
  }
  let content = null;
  try {
    content = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
  }
  if (!response.ok) throw new Problem({ status: response.status, ...(content || {}) });
  if (content === null) throw new Problem({ status: response.status });
  return content;
}

export const labels = () => ask("v1/labels");

export const sample = () => ask("web/sample.json");

/**
 * Label one document. Where the model gives no stances, the rest is answered all the same.
 * @returns {Promise<{answer: object, stanceless: boolean}>}
 */
export async function label(document, signal) {
  const post = (body) =>
    ask("v1/label", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  try {
    return { answer: await post(document), stanceless: false };
  } catch (error) {
    if (error.type !== "/problems/no-stance-head" || !document.targets) throw error;
  }
  const { targets, ...rest } = document;
  return { answer: await post(rest), stanceless: targets.length > 0 };
}
