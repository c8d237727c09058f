import { dirname, resolve } from "node:path";
import { CountersignError } from "@countersign/client/errors";
import { type Policy, parsePolicy } from "@countersign/client/policy";
import { CheckFailure } from "@countersign/client/verdict";
import { isNode, parseDocument, visit } from "yaml";
import { readTextFile } from "./input-file.ts";
import { UsageError } from "./usage-error.ts";

/** A policy with hundreds of pins. Bytes; the parser's search for double keys takes time in the square of their number. */
const LARGEST_POLICY = 64 * 1024;
const LARGEST_PEM = 64 * 1024;

/**
 * Reads a policy file: plain YAML 1.2, which JSON is too. Keys that stand twice, aliases, anchors and tags are refused:
 * two people must not read two policies in one file.
 *
 * @throws UsageError that names the file and what is wrong in it
 */
export function readPolicyFile(path: string): Policy {
  const name = `policy file ${JSON.stringify(path)}`;
  try {
    return parsePolicy(plainYaml(readTextFile(path, LARGEST_POLICY), name), {
      // Relative to the policy, so that policy and roots can be moved together.
      readPem: (file) => readTextFile(resolve(dirname(path), file), LARGEST_PEM),
    });
  } catch (error) {
    if (error instanceof CountersignError) throw new UsageError(`${name}: ${error.message}`);
    if (error instanceof CheckFailure) throw new UsageError(`${name}: ${error.message}`);
    // The YAML parser calls itself for each level, and depth is the writer's choice.
    if (error instanceof RangeError) throw new UsageError(`${name}: nested too deeply`);
    throw error;
  }
}

function plainYaml(text: string, name: string): unknown {
  // prettyErrors would put lines of the file into messages.
  const document = parseDocument(text, { prettyErrors: false, version: "1.2", schema: "core", uniqueKeys: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const line = text.slice(0, fault.pos[0]).split("\n").length;
    const reason = fault.code === "DUPLICATE_KEY" ? "a key stands twice" : "this is not YAML as it is read here";
    throw new UsageError(`${name}, line ${line}: ${reason}`);
  }
  visit(document, (_, node) => {
    // An alias is nothing without its anchor.
    if (isNode(node) && (("anchor" in node && node.anchor !== undefined) || node.tag !== undefined)) {
      throw new UsageError(`${name}: anchors, aliases and tags are not accepted; write the value out`);
    }
  });
  return document.toJS({ maxAliasCount: 0 });
}
