/** Who makes the calls. `node` is plain Node HTTP: what any REST caller sends. */
export type MatrixClient = "typescript" | "go" | "python" | "node";

export type MatrixProtocol = "connect" | "grpc" | "grpc-web" | "rest";

/** What is asked of each combination. */
export type Behaviour = "unary" | "stream" | "error" | "trailers" | "cancel" | "deadline" | "slow reader";

/** One way to the gateway. */
export interface Way {
  readonly secure: boolean;
  readonly protocol: MatrixProtocol;
  readonly httpVersion: "1.1" | "2";
  /** For people. */
  readonly name: string;
}

/** One combination to test. */
export interface Cell extends Way {
  readonly behaviour: Behaviour;
}

/** Combinations that are not tested, and why. A field that is left out stands for all of its values. */
interface Gap {
  readonly client?: MatrixClient;
  readonly protocol?: MatrixProtocol;
  readonly httpVersion?: "1.1" | "2";
  readonly behaviour?: Behaviour;
  readonly why: string;
}

export const BEHAVIOURS: readonly Behaviour[] = [
  "unary",
  "stream",
  "error",
  "trailers",
  "cancel",
  "deadline",
  "slow reader",
];

const PROTOCOLS: readonly MatrixProtocol[] = ["connect", "grpc", "grpc-web", "rest"];

/** The one list of what no cell covers. */
const GAPS: readonly Gap[] = [
  { protocol: "grpc", httpVersion: "1.1", why: "gRPC is defined over HTTP/2 only; it needs HTTP trailers" },
  { protocol: "rest", behaviour: "trailers", why: "REST has none: the receipt id is a header, the proof is looked up" },
  { client: "node", protocol: "connect", why: "plain HTTP makes REST calls; RPC is for the clients" },
  { client: "node", protocol: "grpc", why: "plain HTTP makes REST calls; RPC is for the clients" },
  { client: "node", protocol: "grpc-web", why: "plain HTTP makes REST calls; RPC is for the clients" },
  {
    client: "typescript",
    protocol: "rest",
    why: "its verifying fetch, under the OpenAI SDK, is tested in typed-inference-*",
  },
  { client: "go", protocol: "rest", why: "its verifying transport is tested in clients/go; its probe makes RPC calls" },
  {
    client: "python",
    protocol: "rest",
    why: "its verifying transport is tested in clients/python; its probe makes RPC calls",
  },
];

function covers(gap: Gap, client: MatrixClient, cell: Cell): boolean {
  return (
    (gap.client ?? client) === client &&
    (gap.protocol ?? cell.protocol) === cell.protocol &&
    (gap.httpVersion ?? cell.httpVersion) === cell.httpVersion &&
    (gap.behaviour ?? cell.behaviour) === cell.behaviour
  );
}

const WAYS: readonly Way[] = [false, true].flatMap((secure) =>
  PROTOCOLS.flatMap((protocol) =>
    (["1.1", "2"] as const).map((httpVersion) => ({
      secure,
      protocol,
      httpVersion,
      name: `${protocol} over HTTP/${httpVersion}, ${secure ? "TLS" : "cleartext"}`,
    })),
  ),
);

/** The ways a client goes, each with the behaviours to test on it. Says which combinations are left out, and why. */
export function waysOf(client: MatrixClient): readonly (Way & { readonly behaviours: readonly Behaviour[] })[] {
  const used = new Map<Gap, number>();
  const ways = WAYS.map((way) => ({
    ...way,
    behaviours: BEHAVIOURS.filter((behaviour) => {
      const gap = GAPS.find((candidate) => covers(candidate, client, { ...way, behaviour }));
      if (gap !== undefined) used.set(gap, (used.get(gap) ?? 0) + 1);
      return gap === undefined;
    }),
  }));
  for (const [{ protocol, httpVersion, behaviour, why }, count] of used) {
    const what = [protocol, httpVersion === undefined ? undefined : `HTTP/${httpVersion}`, behaviour];
    const named = what.filter((part) => part !== undefined).join(", ");
    process.stderr.write(`skipped: ${client}: ${named} (${count} cells): ${why}\n`);
  }
  return ways.filter(({ behaviours }) => behaviours.length > 0);
}

/** A text the demo engine says back word for word: `words` numbered words, every one of them needed. */
export function recitation(words: number): { readonly prompt: string; readonly text: string } {
  const text = Array.from({ length: words }, (_, index) => `word${index}`).join(" ");
  return { prompt: `Repeat after me: ${text}`, text };
}

/** Said in about a tenth of a second. */
export const SHORT_RECITATION = recitation(8);
/** Takes seconds to say. */
export const LONG_RECITATION = recitation(800);
