import type { Deadline } from "../deadline.ts";
import { TeeError } from "../tee-error.ts";

/** One answer of the service. */
export interface PcsAnswer {
  readonly body: Uint8Array;
  /** The first of these headers that is there. Its size is bounded by the HTTP client. */
  header(...names: readonly string[]): string | undefined;
}

/** Largest body that is read; genuine ones stay below 100 KiB. Bytes. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * `GET url`. No redirect is followed: where collateral comes from is the operator's choice, not the service's.
 *
 * @throws TeeError
 */
export async function pcsRequest(url: string, limit: Deadline): Promise<PcsAnswer> {
  const what = `collateral service, ${new URL(url).pathname}`;
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal: limit.signal,
      headers: { accept: "*/*", "accept-encoding": "identity" },
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      const known = response.status === 404 ? "; it does not know this kind of platform" : "";
      throw new TeeError("tee.refused", `${what}: answered with status ${response.status}${known}`);
    }
    const body = await collect(what, response);
    return {
      body,
      header(...names) {
        const name = names.find((candidate) => response.headers.has(candidate));
        return name === undefined ? undefined : (response.headers.get(name) ?? undefined);
      },
    };
  } catch (error) {
    if (error instanceof TeeError) throw error;
    throw limit.error() ?? new TeeError("tee.unreachable", `${what}: cannot be reached, or broke off its answer`);
  }
}

async function collect(what: string, response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    // Leaving the loop cancels the rest.
    if (length > MAX_BODY_BYTES) {
      throw new TeeError("tee.malformed", `${what}: the answer has more than ${MAX_BODY_BYTES} bytes`);
    }
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces, length));
}
