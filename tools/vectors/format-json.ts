const LINE_WIDTH = 120;

/**
 * JSON as the project's formatter writes it: members of objects on lines of their own, lists of plain values on one line
 * where they fit.
 */
export function formatJson(value: unknown, indent = "", used = 0): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
    const isPlain = value.every((item) => typeof item !== "object" || item === null);
    // One column for the comma that may follow.
    if (value.length === 0 || (isPlain && used + line.length < LINE_WIDTH)) return line;
    return `[\n${value.map((item) => `${inner}${formatJson(item, inner, inner.length)}`).join(",\n")}\n${indent}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => {
    const head = `${inner}${JSON.stringify(name)}: `;
    return `${head}${formatJson(member, inner, head.length)}`;
  });
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}
