/** Writes the table of docs/policy.md, and docs/policy.schema.json, from the table policies are read by. `--check` fails instead if they differ. */
import { policyMembers, policySchema } from "@countersign/client/policy";
import { betweenMarkers, schemaText, settle } from "./generated-file.ts";

const rows = policyMembers().map(({ path, accepts, about, required }) => {
  return `| \`${path}\` | ${about}${required ? " Required." : ""} | ${accepts.replaceAll("|", "\\|")} |`;
});

settle("policy.schema.json", () => schemaText(policySchema()));
settle("policy.md", (text) =>
  betweenMarkers(text, "members", `| member | meaning | accepted |\n|---|---|---|\n${rows.join("\n")}`),
);
