// Shows the labels of an answer. Which of them is chosen, and what that marks in the article, is the caller's.

import { byId, element, quoted } from "./dom.js";
import { counted, languageName, percent, reasonInWords, signed } from "./words.js";

const STANCES = ["against", "neutral", "favor"];
const LEANINGS = ["left", "center", "right"];

/**
 * @typedef {object} Listeners
 * @property {(choice: object) => void} choose a label was clicked or tapped
 * @property {(choice: object|null) => void} preview a label is pointed at or focused, or no longer
 * @property {(span: object) => void} reveal a passage of the list was clicked
 * @property {(target: string) => void} dropTarget
 */

export class ResultsView {
  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.listeners = listeners;
    this.buttons = new Map();
  }

  clear() {
    this.buttons.clear();
    byId("labels").replaceChildren();
    byId("leaning").hidden = true;
    byId("leaning-body").replaceChildren();
    byId("empty").hidden = false;
  }

  /**
   * @param {object} answer as the service gave it
   * @param {Map<string, object>} topics what /v1/labels says of each topic
   * @returns {object|null} the label to choose first
   */
  show(answer, topics) {
    this.clear();
    byId("empty").hidden = true;
    const given = answer.topics.map((topic) => topicChoice(topic, topics));
    const list = given.map((choice) => element("li", {}, this.#chip(choice)));
    byId("labels").append(
      element(
        "section",
        { class: "group", "aria-labelledby": "topics-heading" },
        element("h3", { id: "topics-heading" }, "Topics"),
        list.length ? element("ul", { class: "chips" }, ...list) : element("p", { class: "none" }, absence(answer, "topics")),
      ),
    );
    this.#leaning(answer);
    return given[0] || null;
  }

  /** The stance rows: those answered, and targets that still wait for an answer. */
  stances(answer, targets, stanceless) {
    for (const choice of [...this.buttons.keys()]) if (choice.target) this.buttons.delete(choice);
    const found = answer?.stances || [];
    const rows = found.map((stance) => this.#stance(answer, stance, targets.includes(stance.target)));
    const open = targets.filter((target) => !found.some((stance) => stance.target === target));
    const waiting = stanceless ? "No stance: the model in use gives none." : "Not asked yet: label to see the stance.";
    rows.push(...open.map((target) => element("li", {}, this.#targetLine(target, true), note(waiting))));
    byId("stance-list").replaceChildren(...rows);
  }

  /** The label of a target's stance, if the article takes one. */
  stanceOf(target) {
    return [...this.buttons.keys()].find((choice) => choice.target === target) || null;
  }

  /** Show which label is chosen, with its passages below its group. */
  choose(choice, cut) {
    document.querySelector(".passages")?.remove();
    for (const [other, button] of this.buttons) button.setAttribute("aria-pressed", String(other === choice));
    const button = choice && this.buttons.get(choice);
    if (!button) return;
    const items = choice.evidence.map((span) =>
      element(
        "li",
        { class: span.weight < 0 ? "against" : "for" },
        element(
          "button",
          { type: "button", onclick: () => this.listeners.reveal(span) },
          element("span", { class: "weight" }, signed(span.weight)),
          element("span", { class: "hidden" }, span.weight < 0 ? " against: " : " for: "),
          quoted(cut(span), "q"),
        ),
      ),
    );
    const body = items.length ? element("ul", {}, ...items) : note("No passage was given for this label.");
    const title = element("h4", {}, "Passages for ", element("em", {}, quoted(choice.name)));
    const hint = items.length ? element("p", { class: "hint" }, choice.scale) : null;
    button.closest(".stances > li, .group").append(element("div", { class: "passages" }, title, body, hint));
  }

  #chip(choice) {
    const button = this.#choosable("chip", choice, quoted(choice.name), element("span", { class: "score" }, percent(choice.score)));
    if (choice.title) button.title = choice.title;
    button.style.setProperty("--share", choice.score.toFixed(3));
    return button;
  }

  #choosable(kind, choice, ...children) {
    const { choose, preview } = this.listeners;
    const events = {
      onclick: () => choose(choice),
      onmouseenter: () => preview(choice),
      onmouseleave: () => preview(null),
      onfocus: () => preview(choice),
      onblur: () => preview(null),
    };
    const button = element("button", { type: "button", class: kind, "aria-pressed": "false", ...events }, ...children);
    this.buttons.set(choice, button);
    return button;
  }

  #stance(answer, stance, asked) {
    const line = this.#targetLine(stance.target, asked);
    if (!stance.mentioned) {
      return element("li", { class: "absent" }, line, note(reasonInWords("stance", "target_not_mentioned")));
    }
    const choice = {
      target: stance.target,
      name: stance.stance,
      evidence: stance.evidence,
      scale: "Weights: + towards favor, −\u00a0towards against.",
    };
    const reason = answer.abstained.find((entry) => entry.head === "stance" && (entry.target ?? stance.target) === stance.target);
    const verdict = stance.stance
      ? this.#choosable("verdict", choice, stance.stance)
      : note(reasonInWords("stance", reason?.reason || "low_confidence"));
    return element("li", {}, line, verdict, stance.scores && bar(STANCES, stance.scores, stance.stance));
  }

  #targetLine(target, removable) {
    const remove = () => this.listeners.dropTarget(target);
    const button = element("button", { type: "button", class: "remove", onclick: remove }, "Remove");
    button.append(element("span", { class: "hidden" }, " the target ", target));
    return element("p", { class: "target" }, quoted(target), removable && button);
  }

  #leaning(answer) {
    const { leaning } = answer;
    const body = byId("leaning-body");
    byId("leaning").hidden = false;
    if (!leaning || !leaning.label) {
      body.append(element("p", { class: "none" }, absence(answer, "leaning")));
    } else {
      const scale = "Weights in log-odds: + speaks for this leaning, −\u00a0against it.";
      const choice = { name: leaning.label, evidence: leaning.evidence, scale };
      body.append(this.#choosable("verdict", choice, leaning.label));
    }
    if (leaning) body.append(bar(LEANINGS, leaning.scores, leaning.label));
  }
}

/** One sentence for people who cannot see the page change. */
export function summary(answer) {
  const parts = [answer.topics.length ? counted(answer.topics.length, "topic") : "no topic"];
  const taken = answer.stances.filter((stance) => stance.stance).length;
  if (answer.stances.length) parts.push(counted(taken, "stance"));
  parts.push(answer.leaning?.label ? `leaning ${answer.leaning.label}` : "no leaning");
  return `Labelled as ${languageName(answer.language)}: ${parts.join(", ")}.`;
}

function topicChoice(topic, topics) {
  const known = topics.get(topic.label);
  return {
    name: known?.name || topic.label.replaceAll("_", " "),
    score: topic.score,
    title: [known?.definition, topic.code].filter(Boolean).join(" "),
    evidence: topic.evidence,
    scale: "Weights in log-odds: + speaks for this topic, −\u00a0against it.",
  };
}

function absence(answer, head) {
  const entry = answer.abstained.find((abstention) => abstention.head === head);
  return entry ? reasonInWords(head, entry.reason) : `The model in use gives no ${head}.`;
}

/** Three shares on one line, in the order of the scale; told apart by place, pattern and words, not by colour alone. */
function bar(names, scores, chosen) {
  const words = names.map((name) => `${name} ${percent(scores[name])}`);
  const parts = names.map((name) => {
    const part = element("span", { class: `part ${name}` });
    part.style.setProperty("flex-grow", scores[name].toFixed(4));
    return part;
  });
  const captions = names.map((name, n) => element("span", { class: name === chosen ? "chosen" : "" }, words[n]));
  return element(
    "div",
    { class: "scale", role: "img", "aria-label": words.join(", ") },
    element("div", { class: "bar" }, ...parts),
    element("div", { class: "captions" }, ...captions),
  );
}

const note = (text) => element("p", { class: "note" }, text);
