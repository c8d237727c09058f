import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import type { Server } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { TeeError } from "../../tee-error.ts";
import { openStateDirectory } from "../platform/index.ts";

/** Longest path of a Unix socket on Linux; macOS has 103. Bytes. */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/**
 * Listens on a Unix socket with mode 0600 in a directory with mode 0700: keys come out of it. A socket that a dead
 * process has left behind is replaced; one that somebody listens on is not.
 *
 * @throws TeeError
 */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new TeeError("tee.refused", `${path} is too long for a Unix socket: at most ${MAX_PATH_BYTES} bytes`);
  }
  openStateDirectory(dirname(path));
  await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new TeeError("tee.refused", `the simulated agent cannot listen on ${path}`, { cause }));
    });
    server.listen(path, resolve);
  });
  // The directory has kept others out until here.
  chmodSync(path, 0o600);
}

async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new TeeError("tee.refused", `${path} is there and is no socket`);
  if (await isListenedOn(path)) throw new TeeError("tee.refused", `another process listens on ${path}`);
  unlinkSync(path);
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
