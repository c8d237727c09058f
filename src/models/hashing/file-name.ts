/** A path as the operating system has it: bytes that need not be text. */
export type FilePath = string | Buffer;

/** A path for messages: quoted, so that control characters in a name cannot write to a terminal. */
export function quoted(path: FilePath): string {
  // JSON leaves DEL and the controls above it as they are.
  return JSON.stringify(path.toString()).replace(/\p{Cc}/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
