import { randomUUID } from "node:crypto";

/** What a caller may choose as a request id: it goes into logs and to engines. */
const ACCEPTABLE = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's `X-Request-ID` if it is acceptable, else a random UUID. The header is attacker-controlled. */
export function requestId(header: string | string[] | undefined): string {
  return typeof header === "string" && ACCEPTABLE.test(header) ? header : randomUUID();
}
