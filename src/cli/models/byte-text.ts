const UNITS = ["bytes", "KB", "MB", "GB", "TB", "PB"] as const;

/** A number of bytes for people, in powers of 1000 with three digits: `704 KB`, `1.53 GB`. */
export function byteText(bytes: number): string {
  let unit = 0;
  let value = Math.round(bytes);
  // 999.5 would be shown as 1000.
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
