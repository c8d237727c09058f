import type { TcbStatus } from "../../../src/tee/simulated/platform/index.ts";

/** Statuses of the three components with the one they merge to. */
export interface StatusRow {
  readonly platform: TcbStatus;
  readonly module: TcbStatus;
  readonly qe: TcbStatus;
  readonly merged: TcbStatus;
}

const row = (platform: TcbStatus, module: TcbStatus, qe: TcbStatus, merged: TcbStatus): StatusRow => ({
  platform,
  module,
  qe,
  merged,
});

/**
 * Written out by hand from the rules of Intel's library: revoked anywhere is revoked; a component that is out of date
 * under a platform that needs configuration is both; else the more severe.
 */
export const STATUS_ROWS: readonly StatusRow[] = [
  row("UpToDate", "UpToDate", "UpToDate", "UpToDate"),
  row("SWHardeningNeeded", "UpToDate", "UpToDate", "SWHardeningNeeded"),
  row("ConfigurationNeeded", "UpToDate", "UpToDate", "ConfigurationNeeded"),
  row("ConfigurationAndSWHardeningNeeded", "UpToDate", "UpToDate", "ConfigurationAndSWHardeningNeeded"),
  row("OutOfDate", "UpToDate", "UpToDate", "OutOfDate"),
  row("OutOfDateConfigurationNeeded", "UpToDate", "UpToDate", "OutOfDateConfigurationNeeded"),
  row("Revoked", "UpToDate", "UpToDate", "Revoked"),

  row("UpToDate", "SWHardeningNeeded", "UpToDate", "SWHardeningNeeded"),
  row("UpToDate", "ConfigurationNeeded", "UpToDate", "ConfigurationNeeded"),
  row("UpToDate", "ConfigurationAndSWHardeningNeeded", "UpToDate", "ConfigurationAndSWHardeningNeeded"),
  row("UpToDate", "OutOfDate", "UpToDate", "OutOfDate"),
  row("UpToDate", "OutOfDateConfigurationNeeded", "UpToDate", "OutOfDateConfigurationNeeded"),
  row("UpToDate", "Revoked", "UpToDate", "Revoked"),
  row("SWHardeningNeeded", "OutOfDate", "UpToDate", "OutOfDate"),
  row("ConfigurationNeeded", "OutOfDate", "UpToDate", "OutOfDateConfigurationNeeded"),
  row("ConfigurationAndSWHardeningNeeded", "OutOfDate", "UpToDate", "OutOfDateConfigurationNeeded"),
  row("OutOfDate", "OutOfDate", "UpToDate", "OutOfDate"),
  row("OutOfDateConfigurationNeeded", "OutOfDate", "UpToDate", "OutOfDateConfigurationNeeded"),
  row("Revoked", "OutOfDate", "UpToDate", "Revoked"),

  row("UpToDate", "UpToDate", "SWHardeningNeeded", "SWHardeningNeeded"),
  row("UpToDate", "UpToDate", "ConfigurationNeeded", "ConfigurationNeeded"),
  row("UpToDate", "UpToDate", "ConfigurationAndSWHardeningNeeded", "ConfigurationAndSWHardeningNeeded"),
  row("UpToDate", "UpToDate", "OutOfDate", "OutOfDate"),
  row("UpToDate", "UpToDate", "OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded"),
  row("UpToDate", "UpToDate", "Revoked", "Revoked"),
  row("SWHardeningNeeded", "UpToDate", "OutOfDate", "OutOfDate"),
  row("ConfigurationNeeded", "UpToDate", "OutOfDate", "OutOfDateConfigurationNeeded"),
  row("ConfigurationAndSWHardeningNeeded", "UpToDate", "OutOfDate", "OutOfDateConfigurationNeeded"),
  row("ConfigurationNeeded", "OutOfDate", "OutOfDate", "OutOfDateConfigurationNeeded"),
  row("OutOfDate", "UpToDate", "Revoked", "Revoked"),
  row("UpToDate", "ConfigurationNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"),
  row("SWHardeningNeeded", "ConfigurationNeeded", "UpToDate", "ConfigurationNeeded"),
];
