import { POLICY_SHAPE } from "./policy-shape.ts";
import type { Shape } from "./shapes/index.ts";

/** One member of a policy file, for references and help. */
export interface DescribedMember {
  /** Where it stands: `tcb.advisories[].id`. */
  readonly path: string;
  /** What it means. */
  readonly about: string;
  /** What is accepted, as a phrase. */
  readonly accepts: string;
  readonly required: boolean;
}

/** Every member of a policy file, outer ones before their inner ones. */
export function policyMembers(): readonly DescribedMember[] {
  return membersOf(POLICY_SHAPE, "");
}

function membersOf({ members, entries }: Shape<unknown>, path: string): DescribedMember[] {
  if (entries !== undefined) return membersOf(entries, `${path}[]`);
  return Object.entries(members ?? {}).flatMap(([name, { shape, about, required }]) => {
    const place = path === "" ? name : `${path}.${name}`;
    return [{ path: place, about, accepts: phrase(shape), required }, ...membersOf(shape, place)];
  });
}

/** Members of a mapping have lines of their own, and are not listed in it. */
function phrase({ accepts, members, entries }: Shape<unknown>): string {
  if (members !== undefined) return "a mapping";
  return entries?.members === undefined ? accepts : "a list of mappings";
}
