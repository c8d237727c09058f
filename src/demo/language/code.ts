import { CODE_LANGUAGES, CODE_TASKS, type CodeLanguage, type CodeTask, FALLBACK_TASK } from "./code-samples.ts";
import { sequence } from "./phrase.ts";
import type { Answerer } from "./reply.ts";
import { prose } from "./template.ts";

const ASKED =
  /\b(?:write|show|give|create|implement|code|need|generate|make)\b.*\b(?:code|function|program|script|class|snippet|implementation|one-liner|hello,? world)\b|\b(?:in|using) (?:python|javascript|typescript|rust|golang|bash|go)\b|\bcode (?:for|that|to)\b|\bimplement\b|```/is;
const ALIASES: readonly (readonly [RegExp, CodeLanguage])[] = [
  [/\btypescript\b|\bts\b/i, "typescript"],
  [/\bjavascript\b|\bjs\b|\bnode(?:\.?js)?\b/i, "javascript"],
  [/\bpython\b/i, "python"],
  [/\bgolang\b|\bin go\b|\bgo (?:code|function|program)\b/i, "go"],
  [/\brust\b/i, "rust"],
  [/\bbash\b|\bshell\b|\bcurl\b/i, "bash"],
];
const INTRO = prose("{Here is|Here's|This is} a {short|small|compact} {language} {version|example} that {summary}:");
const OTHER_INTRO = prose(
  "I {know|have learnt} only {a handful of|a few} programs by heart, and that one is not among them. {Here is|Instead, here is} a {short|small} {language} {version|example} that {summary}:",
);
const OUTRO = prose(
  "{It {needs|uses} nothing but the {standard library|basics}.|{Change|Adjust} the {input|last line} to {try|see} other {cases|values}.|{Run it as it is|It runs as it stands}, then {adapt|change} it to your {needs|case}.|I {have not|haven't} run it here, so {give it a test|test it} before you {rely on|use} it.}",
);

/** A code block for a programming task; a word counter when the task is not one that the corpus has. */
export const answerCode: Answerer = ({ text }) => {
  if (!ASKED.test(text)) return undefined;
  const task = CODE_TASKS.find(({ pattern }) => pattern.test(text)) ?? FALLBACK_TASK;
  const asked = ALIASES.find(([pattern]) => pattern.test(text))?.[1];
  const [language, sample, said] = pickSample(task, asked);
  return {
    phrase: sequence(
      said === task && task !== FALLBACK_TASK ? INTRO : OTHER_INTRO,
      `\n\n\`\`\`${language}\n${sample}\n\`\`\`\n\n`,
      OUTRO,
    ),
    slots: { language: display(language), summary: said.summary },
  };
};

function pickSample(task: CodeTask, asked: CodeLanguage | undefined): [CodeLanguage, string, CodeTask] {
  for (const candidate of [task, FALLBACK_TASK]) {
    for (const language of asked === undefined ? CODE_LANGUAGES : [asked]) {
      const sample = candidate.samples[language];
      if (sample !== undefined) return [language, sample, candidate];
    }
  }
  throw new RangeError("The fallback task has a sample in every language.");
}

function display(language: CodeLanguage): string {
  return { python: "Python", javascript: "JavaScript", typescript: "TypeScript", go: "Go", rust: "Rust", bash: "Bash" }[
    language
  ];
}
