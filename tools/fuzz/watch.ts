/** Bytes of an input that are kept for the report of a hang. */
const MAX_KEPT = 64 * 1024;

/**
 * Memory that a worker and its watcher share: how many inputs were begun, and the one that is being taken. A parser
 * that never comes back cannot report itself.
 */
export function sharedWatch(memory = new SharedArrayBuffer(8 + MAX_KEPT)) {
  const numbers = new Int32Array(memory, 0, 2);
  const bytes = new Uint8Array(memory, 8);
  return {
    memory,
    begin(input: Uint8Array): void {
      bytes.set(input.subarray(0, MAX_KEPT));
      numbers[1] = Math.min(input.length, MAX_KEPT);
      Atomics.add(numbers, 0, 1);
    },
    get begun(): number {
      return Atomics.load(numbers, 0);
    },
    get input(): Uint8Array {
      return bytes.slice(0, numbers[1]);
    },
  };
}
