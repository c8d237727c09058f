import type { Phrase } from "../phrase.ts";
import { proseList } from "../template.ts";

/** Something the demo model can say true things about. */
export interface Topic {
  /** How it is called in the middle of a sentence. */
  readonly name: string;
  /** Lower-case words that bring it up, without plural endings. */
  readonly keywords: readonly string[];
  /** Whole sentences. */
  readonly facts: readonly Phrase[];
  /** Whole sentences in the imperative. */
  readonly tips: readonly Phrase[];
  /** Entries of a list, each a name and a remark. */
  readonly items: readonly (readonly [name: string, remark: string])[];
}

export function topic(
  name: string,
  keywords: string,
  facts: readonly string[],
  tips: readonly string[],
  items: Topic["items"],
): Topic {
  return { name, keywords: keywords.split(" "), facts: proseList(facts), tips: proseList(tips), items };
}
