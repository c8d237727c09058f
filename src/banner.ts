import type { Verdict } from "@countersign/client/verdict";
import type { Config } from "./config/index.ts";
import type { OpenedPlatform } from "./platform/index.ts";

/** What start-up found, for the person who started it. */
export interface BannerFacts {
  readonly config: Config;
  readonly version: string;
  readonly port: number | undefined;
  readonly tlsPort: number | undefined;
  /** Shown in demo mode only, where it was made at start. */
  readonly demoToken: string | undefined;
  /** Hex SHA-256 of the keyset. */
  readonly keysetDigest: string;
  /** Whether the TLS listener presents leaves of the gateway's own making. */
  readonly minted: boolean;
  readonly platform: Pick<OpenedPlatform, "quotes" | "simulated" | "simulation" | "devices">;
  /** On the gateway's own evidence. */
  readonly verdict: Verdict;
  readonly ecdsaImplementation: string;
}

/** Host a person on this machine can use. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

/** The text printed when the gateway serves: where, on which platform, with which keys, and commands to try. */
export function banner(facts: BannerFacts): string {
  const { config, port, tlsPort, platform, verdict } = facts;
  const host = reachable(config.listen.host);
  const cleartext = port === undefined ? undefined : `http://${host}:${port}`;
  const tls = tlsPort === undefined ? undefined : `https://${host}:${tlsPort}`;
  const rows: (readonly [string, string])[] = [];
  if (tls !== undefined) rows.push(["TLS", `${tls}${facts.minted ? `   (${leafNote(config)})` : ""}`]);
  if (cleartext !== undefined) rows.push(["cleartext", `${cleartext}   (Connect, gRPC, gRPC-Web and REST)`]);
  rows.push(["model", config.model.name]);
  rows.push(["engine", engineNote(config)]);
  if (facts.demoToken !== undefined) rows.push(["token", facts.demoToken]);
  rows.push(["platform", platformNote(facts)]);
  rows.push(["evidence", `${verdict.result} under the policy "${verdict.policy}"`]);
  rows.push(["keyset", facts.keysetDigest]);
  rows.push(["signing", facts.ecdsaImplementation]);
  const simulated = platform.simulated ? " · SIMULATED: nothing here proves anything about hardware" : "";
  const lines = [
    `Countersign ${facts.version} · ${config.mode}${simulated}`,
    "",
    ...rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}`),
  ];
  const base = cleartext ?? tls;
  if (base !== undefined) lines.push("", "Try:", "", ...examples(facts, base, tls));
  return `${lines.join("\n")}\n`;
}

function engineNote({ mode, models, engines }: Config): string {
  if (models.dir !== undefined) return `${models.engine}, started for models in ${models.dir}`;
  return mode === "demo" ? "built-in demo engine" : engines.map(({ url }) => url.href).join(", ");
}

function leafNote({ tls }: Config): string {
  return tls.evidence === "none" ? "leaf without evidence" : `leaf with the quote, ${tls.evidence} form`;
}

function platformNote({ platform: { quotes, simulated, devices } }: BannerFacts): string {
  const kind = simulated ? `SIMULATED TEE over the ${quotes.kind} interface` : `TDX over ${quotes.kind}`;
  return `${kind}, devices: ${devices.kind}`;
}

/** Commands a person can paste. */
function examples(facts: BannerFacts, base: string, tls: string | undefined): string[] {
  const { config, platform, keysetDigest } = facts;
  const token = facts.demoToken ?? "$TOKEN";
  const insecure = base.startsWith("https:") && facts.minted ? "-k " : "";
  const model = config.model.name;
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Hello!" }] });
  const policy = platform.simulation === undefined ? "" : ` --policy ${shellWord(platform.simulation.policyPath)}`;
  return [
    ...(tls === undefined
      ? []
      : [
          "  # verify what serves you: quote, keys, application, devices, and this very connection",
          `  npx countersign verify ${tls}${policy}`,
          "",
        ]),
    "  # a verified chat in the terminal",
    `  npx countersign chat ${base} --token ${token} --model ${model} --keyset ${keysetDigest}`,
    ...(tls === undefined || policy === ""
      ? []
      : [
          "",
          "  # the same, with keys that the evidence of the connection vouches for",
          `  npx countersign chat ${tls} --token ${token} --model ${model}${policy}`,
        ]),
    "",
    "  # the OpenAI API",
    `  curl ${insecure}-N ${base}/v1/chat/completions -H 'authorization: Bearer ${token}' \\`,
    `    -H 'content-type: application/json' -d '${body}'`,
    "",
    "  # the signatures of an answer: its id from the response, or the x-receipt-id header",
    `  curl ${insecure}${base}/v1/signature/<id> -H 'authorization: Bearer ${token}'`,
  ];
}

function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
