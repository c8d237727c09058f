import type { FormHelp } from "./form.ts";

const EXIT_STATUS =
  "Exit status: 0 accepted, 10 rejected, 20 no evidence, 30 what was given cannot be read, 2 usage or the policy.\n";

/** What `countersign verify --help` prints. */
export const GENERAL_HELP = `Usage: countersign verify <url> [options]
       countersign verify <form> <file> [options]

Verifies a gateway, or evidence from a file without the network, and prints every check with its cause and remedy.

  <url>            a gateway, over a connection made for it
  quote <file>     an Intel TDX quote, or a report that holds one
  gpu <file>       device evidence of NVIDIA GPUs and switches
  cert <file>      the TLS certificate of a gateway, with the evidence inside it
  bundle <file>    evidence that was kept
  receipt <file>   comes with a later version

  countersign verify url --help      options and examples for a gateway
  countersign verify <form> --help   options and examples of one form

${EXIT_STATUS}`;

const COMMON_OPTIONS = `\
  --policy <file>       policy, YAML or JSON; without one, current platforms under the vendors' roots are accepted and
                        nothing is pinned
  --at <time>           moment of verification, as 2026-03-01T00:00:00Z or Unix seconds; default: now
  --root <pem>          trust this root as well, which is a simulated one; may be given several times
  --allow-simulated     accept what rests on a simulated root that a flag or the policy names
  --json                print one JSON document
`;

/** What `countersign verify <form> --help` prints. */
export function formHelp({ about, options, examples }: FormHelp): string {
  const lines = examples.map((example) => `  countersign ${example}\n`).join("");
  return `${about}\n${options}${COMMON_OPTIONS}\nExamples:\n${lines}\n${EXIT_STATUS}`;
}
