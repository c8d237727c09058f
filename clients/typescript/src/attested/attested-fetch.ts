import type { Agent } from "undici";
import { CountersignError } from "../errors/index.ts";
import { type AttestationOptions, settleAttestation } from "./attestation-options.ts";
import type { AttestedKeys } from "./attested-keys.ts";
import { createAttestedSockets } from "./attested-sockets.ts";

/** A fetch with the keys its connections proved. */
export interface AttestedFetch extends AttestedKeys {
  readonly fetch: typeof globalThis.fetch;
}

/**
 * A `fetch` over HTTP/1.1 whose every connection is attested before a request goes over it. It reaches the gateway at
 * `baseUrl` and nothing else, also when redirected.
 *
 * @throws CountersignError `config.invalid`
 */
export function attestedFetch(options: AttestationOptions): typeof globalThis.fetch {
  return createAttestedFetch(options).fetch;
}

/** The same, for who needs the proven keys or wants to close the connections. */
export function createAttestedFetch(options: AttestationOptions): AttestedFetch {
  const settings = settleAttestation(options);
  const sockets = createAttestedSockets(settings);
  let agent: Agent | undefined;

  const connect: Agent.Options["connect"] = ({ hostname, port, protocol }, callback) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    if (protocol !== "https:" || host !== settings.host || Number(port || 443) !== settings.port) {
      callback(new CountersignError("config.invalid", "this fetch connects to its gateway only"), null);
      return;
    }
    sockets.take().then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error("no connection"), null),
    );
  };

  return {
    async fetch(input, init) {
      // Undici's own fetch knows its own classes only, so what the caller passed is taken apart first.
      const { url, method, headers, body, signal, redirect } = new Request(input, init);
      // Loaded by who uses it: it takes as long to load as all the rest of this package.
      const undici = await import("undici");
      agent ??= new undici.Agent({ allowH2: false, connect });
      try {
        const response = await undici.fetch(url, {
          dispatcher: agent,
          method,
          headers: [...headers],
          body,
          signal,
          redirect,
          duplex: "half",
        });
        const { status, statusText } = response;
        return new Response(response.body, { status, statusText, headers: [...response.headers] });
      } catch (error) {
        if (error instanceof TypeError && error.cause instanceof CountersignError) throw error.cause;
        throw error;
      }
    },
    attested: sockets.attested,
    renew() {
      sockets.renew();
      // Ends when its requests have.
      void agent?.close();
      agent = undefined;
    },
    close() {
      sockets.close();
      void agent?.destroy(new CountersignError("call.cancelled", "the client was closed"));
      agent = undefined;
    },
  };
}
