import { POLICY_SHAPE } from "./policy-shape.ts";
import type { JsonSchema } from "./shapes/index.ts";

/** JSON Schema (draft 2020-12) of a policy file: what editors and other languages check it with. */
export function policySchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Countersign verification policy",
    ...POLICY_SHAPE.schema,
  };
}
