import { TeeError, type TeeErrorCode } from "../tee-error.ts";

/** What the kernel's error numbers mean here. */
const MEANING: ReadonlyMap<string, readonly [TeeErrorCode, string]> = new Map([
  ["ENOENT", ["tee.absent", "is not there; a TDX guest with Linux 6.7 or later has it, with configfs mounted"]],
  ["ENOTDIR", ["tee.absent", "is no directory"]],
  ["ENXIO", ["tee.absent", "has no provider; the TDX guest driver is not loaded"]],
  ["EACCES", ["tee.refused", "may not be used by this process"]],
  ["EPERM", ["tee.refused", "may not be used by this process"]],
  ["EROFS", ["tee.refused", "is mounted read-only"]],
  ["EINVAL", ["tee.refused", "refuses the request"]],
  ["EBUSY", ["tee.refused", "is busy"]],
  ["EFBIG", ["tee.malformed", "has a report over the kernel's limit"]],
  ["ETIMEDOUT", ["tee.timeout", "had no answer from the quoting service in time"]],
  ["EINTR", ["tee.timeout", "had no answer from the quoting service in time"]],
]);

/** Any failure of the file system as a TeeError; Node's text would add nothing but the path. */
export function configfsError(root: string, error: unknown): TeeError {
  if (error instanceof TeeError) return error;
  const number = (error as NodeJS.ErrnoException).code ?? "";
  const [code, why] = MEANING.get(number) ?? ["tee.unreachable", "failed"];
  return new TeeError(code, `configfs-tsm at ${root}: ${why}`);
}
