/** One event as the reference sees it. */
export interface ReferenceEvent {
  readonly name: string;
  readonly data: string;
}

/** The lines of a whole stream, a last one without a line end included (WHATWG HTML section 9.2.6). */
export function referenceLines(stream: Buffer): string[] {
  const lines = stream.toString("latin1").split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => Buffer.from(line, "latin1").toString("utf8"));
}

/** The events of a whole stream, written after the standard's own steps; one the stream ends in is included. */
export function referenceEvents(stream: Buffer): ReferenceEvent[] {
  const events: ReferenceEvent[] = [];
  let name = "";
  let data: string[] = [];
  for (const line of [...referenceLines(stream), ""]) {
    if (line === "") {
      if (data.length > 0) events.push({ name: name === "" ? "message" : name, data: data.join("\n") });
      name = "";
      data = [];
      continue;
    }
    const [, field, value = ""] = /^([^:]*)(?::\x20?(.*))?$/s.exec(line) ?? [];
    if (field === "data") data.push(value);
    else if (field === "event") name = value;
  }
  return events;
}
