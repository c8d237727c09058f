import { appId, callerAddress } from "../../attestation/index.ts";
import { GatewayError } from "../../errors/index.ts";
import { respond, respondError } from "../../server/index.ts";
import type { RestContext, RestServices } from "./route.ts";

const SUFFIX = "/attest";

/**
 * `GET /api/v1/apps/{id}/attest[?challenge=<64 hex digits>]`: what a handshake with this gateway shows, for callers who
 * cannot see their own. `id` is the model's name or the platform's id of the application, hex.
 */
export function attestationResultRoute(services: RestServices) {
  return ({ request, response, requestId, rest, query }: RestContext): void => {
    requireApp(services, rest);
    const challenge = readChallenge(new URLSearchParams(query).get("challenge"));
    services.results.result(challenge, callerAddress(request.socket.remoteAddress)).then(
      (result) =>
        respond(
          response,
          200,
          // The judgement is of this moment, and a challenge's answer is for whoever sent it.
          { "content-type": "application/json", "cache-control": "no-store", "x-request-id": requestId },
          JSON.stringify(result),
        ),
      (thrown) => {
        const error = GatewayError.from(thrown);
        if (error.cause !== undefined) services.log.fault("attestation result failed", error.cause);
        services.metrics.error(error.code);
        respondError(request, response, requestId, error);
      },
    );
  };
}

/** Attacker-controlled: names one application or nothing. */
function requireApp({ config, platform }: RestServices, rest: string): void {
  const id = rest.endsWith(SUFFIX) ? rest.slice(0, -SUFFIX.length) : undefined;
  if (id !== undefined && (id === config.model.name || id.toLowerCase() === appId(platform))) return;
  throw new GatewayError("not_found", "No such application here. Its id is the model's name, or the platform's app id");
}

/** Attacker-controlled: exactly 64 hex digits of either case, or absent. */
function readChallenge(text: string | null): Uint8Array | undefined {
  if (text === null) return undefined;
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new GatewayError("invalid_request", "challenge must be 64 hex digits", { param: "challenge" });
  }
  return new Uint8Array(Buffer.from(text, "hex"));
}
