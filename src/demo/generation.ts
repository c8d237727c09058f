import type { ServerResponse } from "node:http";
import type { ChoiceGeneration, ChoiceStep } from "./choice.ts";
import type { Engine } from "./engine.ts";
import { type StepOutcome, startPacer } from "./pacing.ts";

/** What a request generates: its choices advance together, as in a batch. */
export interface GenerationOptions {
  readonly engine: Engine;
  readonly response: ServerResponse;
  readonly choices: readonly ChoiceGeneration[];
  readonly promptTokens: number;
  /** Takes each step of each choice; false holds the generation until the response drains. */
  readonly onStep: (choice: number, step: ChoiceStep) => boolean;
  /** All choices have ended. Not called when the caller leaves. */
  readonly onEnd: () => void;
}

/** Generates at the engine's pace until all choices end or the caller leaves, whichever is first. */
export function runGeneration({ engine, response, choices, promptTokens, onStep, onEnd }: GenerationOptions): void {
  const finish = engine.metrics.begin(promptTokens);
  const running = new Set(choices.keys());
  const pacer = startPacer(engine.options, () => {
    try {
      return advance();
    } catch {
      // A fault in one generation must not end the process: this caller sees its answer break off.
      response.destroy();
      return "done";
    }
  });

  function advance(): StepOutcome {
    let flowing = true;
    for (const index of running) {
      const step = choices[index]?.next();
      if (step === undefined || step.end !== undefined) running.delete(index);
      if (step !== undefined && !onStep(index, step)) flowing = false;
    }
    if (running.size === 0) {
      end();
      return "done";
    }
    return flowing ? "more" : "wait";
  }

  function end(): void {
    response.off("drain", pacer.resume);
    finish("finished", completionTokens());
    onEnd();
  }
  function completionTokens(): number {
    return choices.reduce((sum, { counts }) => sum + counts.completion, 0);
  }

  response.on("drain", pacer.resume);
  // "close" comes for a caller that left as well as after a complete answer; `finish` counts only the first.
  response.on("close", () => {
    pacer.cancel();
    finish("cancelled", completionTokens());
  });
  if (response.destroyed) {
    pacer.cancel();
    finish("cancelled", 0);
  }
}
