// What the page says: numbers, signs and reasons in plain words.

const ABSTAINED = {
  topics: {
    low_confidence: "No topic is likely enough to be named.",
    off_topic: "The text is unlike everything this model has learned from, so it names no topic.",
  },
  stance: {
    low_confidence: "The article mentions it, but no stance is likely enough.",
    target_not_mentioned: "The article does not mention it.",
  },
  leaning: {
    low_confidence:
      "No leaning is likely enough. Leanings carry over badly to outlets that a model has not learned from, " +
      "so it would rather say nothing than guess.",
    off_topic: "The text is unlike everything this model has learned from, so it names no leaning.",
  },
};
const ANY_HEAD = {
  low_confidence: "No label is likely enough.",
  off_topic: "The text is unlike everything this model has learned from.",
  language_not_supported: "The text is in a language that this model has not learned.",
  too_short: "The text has too few words to be judged.",
  target_not_mentioned: "The article does not mention it.",
};

/** Why a head gives no label. */
export function reasonInWords(head, reason) {
  return ABSTAINED[head]?.[reason] || ANY_HEAD[reason] || `No label (${reason}).`;
}

/** A probability for people: a model is never quite certain. */
export function percent(share) {
  if (share >= 0.995) return ">99 %";
  if (share > 0 && share < 0.005) return "<1 %";
  return `${Math.round(100 * share)} %`;
}

export function signed(weight) {
  return `${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(2)}`;
}

export function languageName(code) {
  if (!code) return "language unknown";
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code) || code;
  } catch {
    return code;
  }
}

export const counted = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
