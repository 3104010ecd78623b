// The page on which one article is labelled: what the reader does, and what follows from it.

import { hasKey, label, labels, Problem, sample, useKey } from "./api.js";
import { ArticleView } from "./article.js";
import { asCurl, asPython, copy } from "./calls.js";
import { byId, element } from "./dom.js";
import { readArticle } from "./files.js";
import { ResultsView, summary } from "./results.js";

const article = new ArticleView(byId("article"));
const results = new ResultsView({ choose, preview, reveal: (span) => article.reveal(span), dropTarget });

const state = {
  targets: [],
  topics: new Map(), // id to name and definition, as /v1/labels has them
  answer: null,
  stanceless: false, // the answer was given by a model without stances
  chosen: null,
  running: null, // AbortController of the request under way
};

// --- asking ---------------------------------------------------------------------------------------------------------

function currentDocument() {
  const [title, text] = [byId("title").value, byId("text").value];
  return { ...(title && { title }), text, ...(state.targets.length && { targets: [...state.targets] }) };
}

async function ask() {
  const given = currentDocument();
  if (!given.text.trim() && !given.title?.trim()) {
    say("There is no article yet: paste one, choose a file, or load the sample.");
    byId("text").focus();
    return false;
  }
  state.running?.abort();
  const running = new AbortController();
  state.running = running;
  busy(true);
  try {
    const [{ answer, stanceless }] = await Promise.all([label(given, running.signal), learnTopics()]);
    if (state.running === running) show(given, answer, stanceless);
    return true;
  } catch (error) {
    if (error.name !== "AbortError") fail(error);
    return false;
  } finally {
    if (state.running === running) busy(false);
  }
}

async function learnTopics() {
  try {
    const known = await labels();
    state.topics = new Map(known.topics.map((topic) => [topic.id, topic]));
    if (!state.answer) byId("model").replaceChildren("Ready to answer: ", ...modelWords(known.model));
  } catch {
    // names are a comfort: without them the ids of the topics are shown
  }
}

function busy(on) {
  byId("submit").disabled = on;
  byId("submit").textContent = on ? "Labelling…" : "Label";
  document.querySelector(".answer").setAttribute("aria-busy", String(on));
  if (on) {
    byId("error").replaceChildren();
    say("Labelling…");
  } else {
    state.running = null;
    if (byId("status").textContent === "Labelling…") say("");
  }
}

// --- showing --------------------------------------------------------------------------------------------------------

function show(given, answer, stanceless) {
  const first = !state.answer;
  Object.assign(state, { answer, stanceless, chosen: null });
  article.show({ title: given.title || "", text: given.text });
  reading(true);
  const best = results.show(answer, state.topics);
  showStances();
  choose(best);
  byId("model").replaceChildren("Answered by the run ", ...modelWords(answer.model));
  byId("curl").textContent = asCurl(address(), given, hasKey());
  byId("python").textContent = asPython(address(), given, hasKey());
  byId("call").hidden = false;
  say(summary(answer));
  if (first) byId("answer-heading").focus();
}

function showStances() {
  results.stances(state.answer, state.targets, state.stanceless);
  const note = byId("stance-note");
  const nothing = state.answer && !state.answer.stances.length && !state.targets.length;
  note.hidden = !nothing;
  note.textContent = nothing ? "Add a target to ask for the article’s stance towards it." : "";
}

function modelWords(model) {
  const short = model.fingerprint.replace(/^(sha256:.{12}).*/, "$1…");
  return [
    element("strong", {}, model.run),
    ", fingerprint ",
    element("code", { title: model.fingerprint }, short),
  ];
}

function reading(on) {
  byId("editor").hidden = on;
  byId("reader").hidden = !on;
}

function fail(error) {
  const known = error instanceof Problem;
  const title = known ? error.message : "Something went wrong in this page";
  const advice = known ? error.detail : "Reload it and try again.";
  const body = [element("p", {}, element("strong", {}, title)), advice ? element("p", {}, advice) : null];
  if (known && error.status === 401) body.push(keyForm());
  say("");
  byId("error").replaceChildren(element("div", { class: "problem" }, ...body));
}

function keyForm() {
  const field = element("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const take = (event) => {
    event.preventDefault();
    useKey(field.value.trim());
    ask();
  };
  return element(
    "form",
    { onsubmit: take },
    element("label", { for: "key" }, "Key of this service"),
    element("div", { class: "field" }, field, element("button", { type: "submit" }, "Use it")),
  );
}

const say = (text) => (byId("status").textContent = text);

const address = () => new URL("v1/label", document.baseURI).href;

// --- choosing a label -----------------------------------------------------------------------------------------------

function choose(choice) {
  state.chosen = choice === state.chosen ? null : choice;
  results.choose(state.chosen, (span) => article.cut(span));
  preview(null);
}

function preview(choice) {
  const spans = (choice || state.chosen)?.evidence || [];
  article.mark(spans);
  byId("legend").hidden = spans.length === 0;
}

// --- targets --------------------------------------------------------------------------------------------------------

async function addTarget(event) {
  event.preventDefault();
  const field = byId("target");
  const target = field.value.trim();
  if (!target) return;
  if (!state.targets.includes(target)) state.targets.push(target);
  field.value = "";
  showStances();
  if (state.answer && (await ask())) {
    const stance = results.stanceOf(target);
    if (stance) choose(stance);
  }
  field.focus();
}

function dropTarget(target) {
  state.targets = state.targets.filter((other) => other !== target);
  if (state.answer) state.answer.stances = state.answer.stances.filter((stance) => stance.target !== target);
  if (state.answer) choose(null);
  showStances();
  byId("target").focus();
}

// --- filling the editor ---------------------------------------------------------------------------------------------

function fill({ title, text, targets = state.targets, note = "" }) {
  forget();
  byId("title").value = title;
  byId("text").value = text;
  state.targets = [...targets];
  showStances();
  say(note);
}

/** Back to an empty answer; what stands in the editor stays. */
function forget() {
  state.running?.abort();
  Object.assign(state, { answer: null, stanceless: false, chosen: null });
  results.clear();
  reading(false);
  byId("error").replaceChildren();
  byId("call").hidden = true;
  showStances();
}

async function take(file) {
  if (!file) return;
  try {
    fill(await readArticle(file));
    byId("submit").focus();
  } catch (error) {
    fail(new Problem({ title: "The file cannot be used", detail: error.message }));
  }
}

async function loadSample() {
  try {
    fill(await sample());
    await ask();
  } catch (error) {
    fail(error);
  }
}

function edit() {
  forget();
  say("");
  byId("text").focus();
}

// --- listening ------------------------------------------------------------------------------------------------------

byId("editor").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
byId("target-form").addEventListener("submit", addTarget);
byId("choose").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", () => {
  take(byId("file").files[0]);
  byId("file").value = "";
});
byId("sample").addEventListener("click", loadSample);
byId("clear").addEventListener("click", () => {
  fill({ title: "", text: "", targets: [] });
  byId("title").focus();
});
byId("edit").addEventListener("click", edit);
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    say((await copy(byId(button.dataset.copy))) ? "Copied." : "Copying is not allowed here: select the text and copy it.");
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    ask();
  } else if (event.key === "Escape" && state.chosen) {
    choose(null);
  }
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
for (const end of ["dragleave", "drop"]) {
  document.addEventListener(end, () => document.body.classList.remove("dropping"));
}
document.addEventListener("drop", (event) => {
  event.preventDefault();
  take(event.dataTransfer.files[0]);
});

learnTopics();
