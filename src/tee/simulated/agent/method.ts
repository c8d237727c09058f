import type { RequestFields } from "./request-fields.ts";

/** One method of the agent: the answer as it becomes JSON. Throws AgentRefusal. */
export type Method = (request: RequestFields) => Readonly<Record<string, unknown>>;

/** Methods by request path. */
export type MethodTable = ReadonlyMap<string, Method>;
