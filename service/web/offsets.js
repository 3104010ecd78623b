// Offsets. The service counts Unicode code points; JavaScript strings count UTF-16 units, two for an emoji.

/**
 * A function from a code-point offset to the offset in `text`.
 * Where all characters are single units, nothing needs to be stored.
 */
export function codePoints(text) {
  const wide = []; // code-point offsets of the characters that take two units
  let count = 0;
  for (let unit = 0; unit < text.length; unit += 1, count += 1) {
    if (text.codePointAt(unit) > 0xffff) {
      wide.push(count);
      unit += 1;
    }
  }
  return (offset) => Math.min(text.length, offset + below(wide, offset));
}

/** How many values of a sorted list are smaller than a limit. */
function below(sorted, limit) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
