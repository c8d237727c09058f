import type { Config } from "./config/index.ts";

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
  readonly selfSigned: boolean;
  readonly ecdsaImplementation: string;
}

/** Host a person on this machine can use. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

/** The text printed when the gateway serves: where, with which keys, and commands to try. */
export function banner(facts: BannerFacts): string {
  const { config, port, tlsPort } = facts;
  const host = reachable(config.listen.host);
  const cleartext = port === undefined ? undefined : `http://${host}:${port}`;
  const tls = tlsPort === undefined ? undefined : `https://${host}:${tlsPort}`;
  const rows: (readonly [string, string])[] = [];
  if (tls !== undefined) rows.push(["TLS", `${tls}${facts.selfSigned ? "   (self-signed, made at start)" : ""}`]);
  if (cleartext !== undefined) rows.push(["cleartext", `${cleartext}   (Connect, gRPC, gRPC-Web and REST)`]);
  rows.push(["model", config.model.name]);
  rows.push([
    "engine",
    config.mode === "demo" ? "built-in demo engine" : config.engines.map(({ url }) => url.href).join(", "),
  ]);
  if (facts.demoToken !== undefined) rows.push(["token", facts.demoToken]);
  rows.push(["keys", `generated at start, NOT attested (${config.mode}); keyset ${facts.keysetDigest.slice(0, 16)}…`]);
  rows.push(["signing", facts.ecdsaImplementation]);
  const lines = [
    `Countersign ${facts.version} · ${config.mode} · SIMULATED: nothing here proves anything about hardware`,
    "",
    ...rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}`),
  ];
  const base = cleartext ?? tls;
  if (base !== undefined) {
    const token = facts.demoToken ?? "$TOKEN";
    const insecure = base.startsWith("https:") && facts.selfSigned ? "-k " : "";
    const body = JSON.stringify({
      model: config.model.name,
      stream: true,
      messages: [{ role: "user", content: "Hello!" }],
    });
    lines.push(
      "",
      "Try:",
      "",
      "  # a verified chat in the terminal",
      `  npx countersign chat ${base} --token ${token} --model ${config.model.name} --keyset ${facts.keysetDigest}`,
      "",
      "  # the OpenAI API",
      `  curl ${insecure}-N ${base}/v1/chat/completions -H 'authorization: Bearer ${token}' \\`,
      `    -H 'content-type: application/json' -d '${body}'`,
      "",
      "  # the signatures of an answer: its id from the response, or the x-receipt-id header",
      `  curl ${insecure}${base}/v1/signature/<id> -H 'authorization: Bearer ${token}'`,
    );
  }
  return `${lines.join("\n")}\n`;
}
