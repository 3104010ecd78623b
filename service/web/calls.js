// The same question for a program, as text that can be pasted into a terminal or a file.

// Characters that show as nothing or reorder a line are written as escapes, which JSON and Python read alike.
const UNSEEN = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function json(value, indent) {
  return JSON.stringify(value, null, indent).replace(
    UNSEEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

// A key is never written into what is copied: it comes from the environment.
export function asCurl(url, document, withKey) {
  const body = json(document).replaceAll("'", "'\\''");
  const key = withKey ? ' -H "Authorization: Bearer $NEWSSTAND_KEY"' : "";
  return `curl -s '${url}'${key} -H 'Content-Type: application/json' \\\n  --data-raw '${body}'`;
}

export function asPython(url, document, withKey) {
  const key = withKey ? `, "Authorization": f"Bearer {os.environ['NEWSSTAND_KEY']}"` : "";
  return `import json
${withKey ? "import os\n" : ""}import urllib.request

document = ${json(document, 4)}
request = urllib.request.Request(
    ${json(url)},
    json.dumps(document).encode(),
    {"Content-Type": "application/json"${key}},
)
with urllib.request.urlopen(request) as response:
    print(json.dumps(json.load(response), indent=2))`;
}

/** Put text on the clipboard, also where the page was not loaded over a safe connection. */
export async function copy(node) {
  try {
    await navigator.clipboard.writeText(node.textContent);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(node);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand("copy");
  }
}
