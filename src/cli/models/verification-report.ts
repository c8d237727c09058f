import { bytesToHex } from "@noble/hashes/utils.js";
import { type BlockFaults, formatIdentity, type ImageVerification, MOST_NAMED } from "../../models/verity/index.ts";
import { type Fact, factTable } from "./fact-table.ts";
import { identityFacts } from "./identity-facts.ts";

/** What became of a verification. */
export interface Report {
  /** `malformed`: it could not be read. */
  readonly result: "accepted" | "rejected" | "malformed";
  /** Whether the shape was pinned, or believed. */
  readonly shape: "pinned" | "superblock";
  readonly causes: readonly string[];
  /** Absent if nothing was compared. */
  readonly found?: Omit<ImageVerification, "accepted" | "causes">;
}

/** One JSON document; members are only added to it. */
export function reportJson({ result, shape, causes, found }: Report): string {
  const document = {
    format: "countersign.model-verification.v1",
    result,
    causes,
    shape,
    ...(found === undefined ? {} : foundMembers(found)),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function foundMembers({ expected, computedRoot, faults }: NonNullable<Report["found"]>) {
  return {
    expected: formatIdentity(expected),
    ...(computedRoot === undefined ? {} : { computed_root: bytesToHex(computedRoot) }),
    tree: faults === undefined ? "not compared" : "compared",
    ...(faults === undefined
      ? {}
      : {
          bad_data_blocks: { count: faults.dataCount, first: faults.data },
          bad_tree_blocks: { count: faults.treeCount, first: faults.tree },
        }),
  };
}

/** Some lines for people. */
export function renderReport({ result, shape, causes, found }: Report): string {
  const facts: Fact[] = found === undefined ? [] : [...faultFacts(found), ...identityFacts(found.expected)];
  const lines = causes.map((cause) => `  ${cause}\n`).join("");
  const conclusion = { accepted: "✓ Accepted", rejected: "✗ Rejected", malformed: "✗ Cannot be read" }[result];
  return `${conclusion}${result === "accepted" ? acceptedText(found, shape) : ""}\n${lines}${facts.length > 0 ? `\n${factTable(facts)}` : ""}`;
}

function acceptedText(found: Report["found"], shape: Report["shape"]): string {
  const tree = found?.faults === undefined ? "; there was no stored tree to compare" : ", and the stored tree is right";
  const believed = shape === "superblock" ? ". The shape is the superblock's word, not pinned" : "";
  return `: every block is what was pinned${tree}${believed}.`;
}

function faultFacts({ computedRoot, expected, faults }: NonNullable<Report["found"]>): Fact[] {
  const computed = computedRoot === undefined ? "not computed" : bytesToHex(computedRoot);
  const same = computed === bytesToHex(expected.rootHash);
  return [
    ["found root hash", same ? undefined : computed],
    ["bad data blocks", faults === undefined ? undefined : dataText(faults)],
    ["bad tree blocks", faults === undefined ? undefined : treeText(faults)],
  ];
}

function dataText({ dataCount, data }: BlockFaults): string {
  return dataCount === 0 ? "none" : `${dataCount}: ${data.join(", ")}${dataCount > MOST_NAMED ? ", …" : ""}`;
}

function treeText({ treeCount, tree }: BlockFaults): string {
  if (treeCount === 0) return "none";
  const named = tree.map(({ level, index, offset }) => `${index} of level ${level} (byte ${offset})`);
  return `${treeCount}: ${named.join(", ")}${treeCount > MOST_NAMED ? ", …" : ""}`;
}
