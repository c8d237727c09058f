import { DerError } from "../der/der-error.ts";
import type { Check } from "./check.ts";
import { CheckFailure } from "./check-failure.ts";
import type { CheckId } from "./check-id.ts";

/** What a step proved, and the sentence that says so. */
export interface Proven<T> {
  readonly value: T;
  readonly cause: string;
}

export interface SkipOptions {
  readonly remedy?: string;
  /** Whether skipping it is failure. Default true. */
  readonly required?: boolean;
}

/**
 * Collects the checks of one verification in the order they are made. Each id is recorded once; a second outcome for
 * one id keeps the worse of the two, so that evidence of several devices cannot hide a failure behind a later pass.
 */
export class Checks {
  readonly #checks = new Map<CheckId, Check>();
  #malformed = false;

  /** The checks so far, in the order they were first made. */
  get list(): readonly Check[] {
    return [...this.#checks.values()];
  }

  /** Whether a check failed because its input could not be read. */
  get malformed(): boolean {
    return this.#malformed;
  }

  /** Whether the check was made and holds. */
  passed(id: CheckId): boolean {
    return this.#checks.get(id)?.outcome === "pass";
  }

  /**
   * Makes one check. What the step returns is proven; if it throws, the check fails and the result is undefined, and
   * the caller skips whatever depends on it.
   *
   * A {@link CheckFailure} says why. A DerError is malformed input. Anything else is a fault of this package: the
   * check fails closed, and the fault's own text, which may quote evidence, is kept out.
   */
  async run<T>(id: CheckId, step: () => Proven<T> | Promise<Proven<T>>): Promise<T | undefined> {
    try {
      const { value, cause } = await step();
      this.pass(id, cause);
      return value;
    } catch (thrown) {
      if (thrown instanceof CheckFailure) {
        this.#malformed ||= thrown.malformed;
        this.fail(id, thrown.message, thrown.remedy);
      } else if (thrown instanceof DerError) {
        this.#malformed = true;
        this.fail(id, thrown.message);
      } else {
        this.fail(id, "a fault of the verifier; the check counts as failed", "report this as a bug");
      }
      return undefined;
    }
  }

  pass(id: CheckId, cause: string): void {
    this.#record({ id, outcome: "pass", required: true, cause });
  }

  fail(id: CheckId, cause: string, remedy?: string): void {
    this.#record({ id, outcome: "fail", required: true, cause, ...(remedy === undefined ? {} : { remedy }) });
  }

  /** The check cannot be made, or nobody asked for it. */
  skip(id: CheckId, cause: string, { remedy, required = true }: SkipOptions = {}): void {
    this.#record({ id, outcome: "skip", required, cause, ...(remedy === undefined ? {} : { remedy }) });
  }

  /**
   * Takes over what another verification found. Where both found the same about one check, both causes are kept: of two
   * passes one may be what says that its evidence is simulated.
   */
  include(other: Checks): void {
    for (const check of other.list) {
      const known = this.#checks.get(check.id);
      if (known !== undefined && rank(known) === rank(check)) this.#checks.set(check.id, joined(known, check));
      else this.#record(check);
    }
    this.#malformed ||= other.malformed;
  }

  #record(check: Check): void {
    const known = this.#checks.get(check.id);
    if (known === undefined || rank(check) > rank(known)) this.#checks.set(check.id, check);
  }
}

/** Two findings of one rank, each sentence once. */
function joined(known: Check, other: Check): Check {
  const remedies = [known.remedy, other.remedy].filter((remedy) => remedy !== undefined);
  return {
    ...known,
    cause: [...new Set([known.cause, other.cause])].join("; "),
    ...(remedies.length === 0 ? {} : { remedy: [...new Set(remedies)].join("; ") }),
  };
}

/** Pass, then a skip nobody needs, then one that is needed, then failure. */
function rank({ outcome, required }: Check): number {
  if (outcome === "fail") return 3;
  if (outcome === "skip") return required ? 2 : 1;
  return 0;
}
