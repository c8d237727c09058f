/** A JSON Schema that nothing can be written for. The message continues "The schema …". */
export class SchemaError extends Error {
  override readonly name = "SchemaError";

  constructor(message: string) {
    super(`The schema ${message}.`);
  }
}
