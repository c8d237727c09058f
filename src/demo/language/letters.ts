import { subjectSlots } from "./explanation.ts";
import type { Answerer } from "./reply.ts";
import { prose } from "./template.ts";

const LETTER = prose(
  "Subject: {A short request|A quick question}\n\n{Dear|Hello} {recipient},\n\n{I hope this finds you well.|I hope your week has started well.} I am writing {to ask about|because of} {matter}. {I have thought about the timing|I have looked at the calendar}, and {I believe|I think} it {can be arranged|will fit} without {trouble|extra work} for {anyone else|the others}.\n\n{Would you let me know|Could you tell me} {what you think|whether that suits you}? I am {happy|glad} to {talk it over|discuss it} {in person|at any time}.\n\n{Kind regards|With best wishes},\n[Your name]",
);

/** Letters and emails, short and polite. */
export const answerLetter: Answerer = ({ text, subject }) => {
  if (!/\b(?:write|draft|compose)\b.{0,40}\b(?:e-?mail|letter|message)\b/i.test(text)) return undefined;
  const recipient = /\bto (?:my |the |a |an |our )?(\p{L}{2,24})\b/iu.exec(text)?.[1] ?? "all";
  const matter = /\b(?:asking (?:for|about)|requesting|about|regarding)\s+([^.?!\n]{3,60})/i.exec(text)?.[1];
  return {
    phrase: LETTER,
    slots: { ...subjectSlots(subject), recipient, matter: matter?.trim() ?? "the matter we spoke of" },
  };
};
