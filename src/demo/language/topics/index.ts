import { ARTS_TOPICS } from "./arts.ts";
import { KITCHEN_TOPICS } from "./kitchen.ts";
import { NATURE_TOPICS } from "./nature.ts";
import { SOCIETY_TOPICS } from "./society.ts";
import { TECHNOLOGY_TOPICS } from "./technology.ts";
import type { Topic } from "./topic.ts";

export type { Topic } from "./topic.ts";

/** Everything the demo model knows something about. */
export const TOPICS: readonly Topic[] = [
  ...KITCHEN_TOPICS,
  ...NATURE_TOPICS,
  ...ARTS_TOPICS,
  ...SOCIETY_TOPICS,
  ...TECHNOLOGY_TOPICS,
];
