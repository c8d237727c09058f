import type { Answerer } from "./reply.ts";

const MARKERS = [
  /\brepeat (?:after me|this|the following|exactly|back)(?:\s+(?:exactly|verbatim|text|sentence|phrase|word for word))*\s*[:,-]?\s+(.+)$/is,
  /^(?:please\s+)?(?:echo|say|repeat|reply with|respond with|answer with|output|print)(?:\s+(?:only|exactly|just|back|the word|the words|the phrase|this|the following|verbatim))*\s*:\s*(.+)$/is,
  /^(?:please\s+)?(?:reply|respond|answer)\s+(?:only\s+|exactly\s+|just\s+)?with\s+(?:only\s+|exactly\s+|just\s+)?(?:the\s+(?:single\s+)?(?:words?|text|phrase|string)\s+)?(.+)$/is,
  /^(?:please\s+)?say\s+(?:only\s+|exactly\s+|just\s+)?(?!something|anything|more|hello in|why|how|what)(.+)$/is,
];
const CLAUSE_END =
  /\s*(?:[,.;]?\s+(?:and nothing else|nothing else|only|without any other (?:words|text)|please))[.!]?\s*$/i;

/** Says what it is told to: "repeat after me: …", `say "…"`, "reply with exactly …". */
export const answerEcho: Answerer = ({ text }) => {
  for (const marker of MARKERS) {
    const found = marker.exec(text)?.[1];
    if (found === undefined) continue;
    const said = unquote(found.replace(CLAUSE_END, "").trim());
    if (said !== "") return { phrase: said, slots: {} };
  }
  return undefined;
};

function unquote(text: string): string {
  return (
    /^(?:"([^"]+)"|'([^']+)'|“([^”]+)”|`([^`]+)`)[.!]?$/s
      .exec(text)
      ?.slice(1)
      .find((inner) => inner !== undefined) ?? text
  );
}
