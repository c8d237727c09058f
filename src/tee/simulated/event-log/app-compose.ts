import { hash } from "node:crypto";

/** An app-compose document as the simulated platform measures and publishes it. */
export interface AppCompose {
  /** The exact text. Its UTF-8 bytes are what is hashed: a final newline counts. */
  readonly text: string;
  /** The document's `name`. */
  readonly name: string;
  /** SHA-256 of the bytes, 32 bytes. */
  readonly hash: Uint8Array;
  /** First 20 bytes of the hash: the identity of an app without an on-chain id. */
  readonly appId: Uint8Array;
}

/** @throws TypeError if the text is not a JSON object with a name: no dstack host would start it */
export function appCompose(text: string): AppCompose {
  const name = nameOf(text);
  if (name === undefined) throw new TypeError("app-compose: not a JSON object with a name");
  const digest = new Uint8Array(hash("sha256", text, "buffer"));
  return { text, name, hash: digest, appId: digest.subarray(0, 20) };
}

function nameOf(text: string): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== "object" || document === null || !("name" in document)) return undefined;
    return typeof document.name === "string" && document.name !== "" ? document.name : undefined;
  } catch {
    return undefined;
  }
}

/** Services of the simulated machine. Images by digest, as a policy demands; `.invalid` never resolves (RFC 2606). */
const SERVICES = `services:
  gateway:
    image: registry.invalid/countersign@sha256:5f3e1c0c8a6f9d7f0e44ef0d5b3b1a52c62a9f0bb5d5be6a1f8b1f0d6c7a9e21
    ports: ["8080:8080"]
    environment:
      MODEL_NAME: countersign-demo
      TOKEN: \${TOKEN}
      VLLM_BASE_URL: http://engine:8000
    volumes: ["/var/run/dstack.sock:/var/run/dstack.sock"]
  engine:
    image: registry.invalid/countersign-demo-engine@sha256:0b9ad9f0c3f2a4d1e8b7c6a5948372615f4e3d2c1b0a99887766554433221100
    expose: ["8000"]
`;

function document(name: string, services: string): string {
  const fields = {
    manifest_version: 2,
    name,
    runner: "docker-compose",
    docker_compose_file: services,
    kms_enabled: true,
    gateway_enabled: false,
    local_key_provider_enabled: false,
    key_provider_id: "",
    public_logs: false,
    public_sysinfo: false,
    public_tcbinfo: true,
    allowed_envs: ["TOKEN"],
    no_instance_id: false,
    secure_time: true,
  };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}

/** What the simulated machine runs unless it is told otherwise: ASCII only. */
export const DEFAULT_APP_COMPOSE: AppCompose = appCompose(document("countersign-simulated", SERVICES));

/**
 * The same services with text beyond ASCII. Published clients that count characters where they should count bytes hang
 * on a reply that holds it.
 */
export const NON_ASCII_APP_COMPOSE: AppCompose = appCompose(
  document("countersign-simulé", `# Passerelle simulée – 模拟, 🔒\n${SERVICES}`),
);
