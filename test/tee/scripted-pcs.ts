import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach } from "vitest";
import type { CollateralContainer } from "../../src/tee/index.ts";

const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

/** What the service answers, by the path of the request. */
export interface PcsAnswers {
  [path: string]: PcsAnswer;
}

export interface PcsAnswer {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly status?: number;
}

export const PATHS = {
  pckCrl: "/sgx/certification/v4/pckcrl",
  rootCrl: "/sgx/certification/v4/rootcacrl",
  tcb: "/tdx/certification/v4/tcb",
  qe: "/tdx/certification/v4/qe/identity",
} as const;

/** Serves captured collateral as a cache (PCCS) does. */
export function pccsAnswers(captured: CollateralContainer): PcsAnswers {
  const chain = (name: string, pem: string) => ({ [name]: encodeURIComponent(pem) });
  return {
    [PATHS.pckCrl]: {
      headers: chain("SGX-PCK-CRL-Issuer-Chain", captured.pck_crl_issuer_chain),
      body: Buffer.from(captured.pck_crl, "hex"),
    },
    [PATHS.rootCrl]: { body: captured.root_ca_crl },
    [PATHS.tcb]: {
      headers: chain("TCB-Info-Issuer-Chain", captured.tcb_info_issuer_chain),
      body: `{"tcbInfo":${captured.tcb_info},"signature":"${captured.tcb_info_signature}"}`,
    },
    [PATHS.qe]: {
      headers: chain("SGX-Enclave-Identity-Issuer-Chain", captured.qe_identity_issuer_chain),
      body: `{"enclaveIdentity":${captured.qe_identity},"signature":"${captured.qe_identity_signature}"}`,
    },
  };
}

/** A collateral service on loopback; every request is noted before it is answered. */
export async function scriptedPcs(
  answer: PcsAnswers | ((request: IncomingMessage, response: ServerResponse) => void),
): Promise<{ readonly url: string; readonly requests: readonly string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    if (typeof answer === "function") return answer(request, response);
    const found = answer[request.url?.split("?")[0] ?? ""];
    response.writeHead(found?.status ?? (found === undefined ? 404 : 200), found?.headers).end(found?.body);
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closes.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return { url: `http://127.0.0.1:${address.port}`, requests };
}
