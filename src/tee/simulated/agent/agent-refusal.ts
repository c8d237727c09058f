/** A request the agent answers with an error. The message reaches the caller, who is the developer. */
export class AgentRefusal extends Error {
  override readonly name = "AgentRefusal";
  /** HTTP status. The real agent has 400 for whatever a method cannot do. */
  readonly status: number;

  /** Whether the connection ends with the answer, because the request is not read to its end. */
  readonly closing: boolean;

  constructor(message: string, { status = 400, closing = false }: { status?: number; closing?: boolean } = {}) {
    super(message);
    this.status = status;
    this.closing = closing;
  }
}
