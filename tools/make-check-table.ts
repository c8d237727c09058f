/** Writes the table of docs/verdict.md, and docs/verdict.schema.json, from the closed set of checks. `--check` fails instead if they differ. */
import { FAMILIES, familyOf } from "@countersign/client/report";
import { CHECKS, isCheckId, VERDICT_FORMAT } from "@countersign/client/verdict";
import { betweenMarkers, schemaText, settle } from "./generated-file.ts";

const ids = Object.keys(CHECKS).filter(isCheckId);

function rows(family: string): string {
  const members = ids.filter((id) => familyOf(id) === family);
  const table = members.map((id) => {
    const { holds, responsible, waivable } = CHECKS[id];
    return `| <a id="${id}"></a>\`${id}\` | ${holds} | ${responsible} | ${waivable ? "yes" : "no"} |`;
  });
  return `### ${family}\n\n| id | holds when | who | can be waived |\n|---|---|---|---|\n${table.join("\n")}`;
}

const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Countersign verdict",
  type: "object",
  // Members may be added inside one format, so a reader passes over what it does not know.
  required: ["format", "subject", "result", "simulated", "at", "policy", "checks", "facts", "notes"],
  properties: {
    format: { const: VERDICT_FORMAT },
    subject: { enum: ["quote", "gpu", "certificate", "evidence", "gateway", "bundle", "attestation report"] },
    result: { enum: ["accepted", "rejected", "malformed"] },
    simulated: { type: "boolean" },
    at: { type: "string" },
    policy: { type: "string" },
    checks: { type: "array", items: { $ref: "#/$defs/check" } },
    facts: { type: "object", additionalProperties: { $ref: "#/$defs/fact" } },
    notes: { type: "array", items: { type: "string" } },
  },
  $defs: {
    check: {
      type: "object",
      required: ["id", "outcome", "required", "cause"],
      properties: {
        id: { enum: ids },
        outcome: { enum: ["pass", "fail", "skip", "waived"] },
        required: { type: "boolean" },
        cause: { type: "string" },
        remedy: { type: "string" },
      },
    },
    fact: {
      anyOf: [
        { type: ["string", "number", "boolean", "null"] },
        { type: "array", items: { $ref: "#/$defs/fact" } },
        { type: "object", additionalProperties: { $ref: "#/$defs/fact" } },
      ],
    },
  },
};

settle("verdict.schema.json", () => schemaText(schema));
settle("verdict.md", (text) => betweenMarkers(text, "checks", FAMILIES.map(rows).join("\n\n")));
