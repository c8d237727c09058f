/** Name and value of a fact; one without a value is left out. */
export type Fact = readonly [name: string, value: string | number | undefined];

/** Facts one to a line, values aligned. */
export function factTable(facts: readonly Fact[]): string {
  const present = facts.filter(([, value]) => value !== undefined);
  const width = Math.max(...present.map(([name]) => name.length));
  return present.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join("");
}
