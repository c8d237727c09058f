/** When collateral and revocation lists are valid. Unix seconds, whole. */
export interface CollateralWindow {
  readonly issued: number;
  readonly nextUpdate: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Intel's window. Seconds. */
const LIFETIME = 30 * DAY;
/** With less than this left, new collateral is made. Seconds. */
const RENEWAL = 15 * DAY;

/** The window of collateral made at a moment: backdated an hour, because clocks differ. */
export function collateralWindow(nowSeconds: number): CollateralWindow {
  if (!Number.isFinite(nowSeconds)) throw new RangeError("now: not a finite number of seconds");
  const now = Math.floor(nowSeconds);
  return { issued: now - HOUR, nextUpdate: now + LIFETIME };
}

/** Whether collateral of this window can still be handed out. */
export function isCurrent(window: CollateralWindow, nowSeconds: number): boolean {
  return window.issued <= nowSeconds && window.nextUpdate - nowSeconds >= RENEWAL;
}

/** `YYYY-MM-DDTHH:MM:SSZ`, as Intel writes dates. */
export function collateralDate(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(/\.\d{3}Z$/, "Z");
}
