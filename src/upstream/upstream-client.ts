import { Call } from "./call.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { factoryDial, originDial } from "./dial.ts";
import type { UpstreamClient, UpstreamClientOptions, UpstreamTimeouts } from "./interface.ts";
import { encodeRequest } from "./request-message.ts";
import { TimerWheel } from "./timer-wheel.ts";

/**
 * Creates a client for one engine.
 * @throws TypeError for an origin that is more than scheme, host and port, or a limit that is not a non-negative number.
 */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const { origin, connect } = options;
  checkOrigin(origin);
  const timeouts = checkedTimeouts(options.timeouts);
  const wheel = new TimerWheel();
  const pool = new ConnectionPool(
    connect === undefined ? originDial(origin) : factoryDial(connect),
    {
      maxIdleSockets: checked("maxIdleSockets", options.maxIdleSockets ?? 100, 0),
      idleSocketMs: checked("idleSocketMs", options.idleSocketMs ?? 4000, 0),
      maxHeadBytes: checked("maxHeadBytes", options.maxHeadBytes ?? 64 * 1024, 1),
      maxConnections:
        options.maxConnections === undefined
          ? Number.POSITIVE_INFINITY
          : checked("maxConnections", options.maxConnections, 1),
    },
    wheel,
  );
  const { host } = origin;
  let active = 0;
  let closed = false;
  const owner = {
    withdraw: (call: Call) => pool.withdraw(call),
    settled: () => {
      active--;
    },
  };
  return {
    send(request, handler) {
      const message = encodeRequest(request, host);
      const limits = request.timeouts === undefined ? timeouts : checkedTimeouts({ ...timeouts, ...request.timeouts });
      const call = new Call(message, handler, limits, wheel, owner);
      active++;
      if (closed) process.nextTick(() => call.stop("aborted", "the client is closed"));
      else pool.acquire(call);
      return call;
    },
    close() {
      closed = true;
      pool.close();
    },
    get active() {
      return active;
    },
  };
}

function checkOrigin(origin: URL): void {
  if (origin.protocol !== "http:" && origin.protocol !== "https:") {
    throw new TypeError("the origin of an engine must start with http: or https:");
  }
  if (
    origin.pathname !== "/" ||
    origin.search !== "" ||
    origin.hash !== "" ||
    origin.username !== "" ||
    origin.password !== ""
  ) {
    throw new TypeError("the origin of an engine must be scheme, host and port only");
  }
}

function checkedTimeouts(timeouts: UpstreamTimeouts): UpstreamTimeouts {
  checked("connectMs", timeouts.connectMs, 0);
  checked("firstByteMs", timeouts.firstByteMs, 0);
  checked("idleMs", timeouts.idleMs, 0);
  checked("totalMs", timeouts.totalMs, 0);
  return timeouts;
}

function checked(name: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new TypeError(`${name} must be a whole number, at least ${least}`);
  }
  return value;
}
