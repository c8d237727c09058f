export type { Answer, AnswerView, Question } from "./answer.ts";
export { streamAnswer } from "./answer.ts";
export { type ChatOptions, runChat } from "./run-chat.ts";
export { sealReport } from "./seal-report.ts";
export { failureLine, verifiedLine } from "./verdict-line.ts";
