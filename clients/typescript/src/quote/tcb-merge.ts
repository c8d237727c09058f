import { TCB_STATUSES, type TcbStatus } from "../policy/index.ts";

const severity = (status: TcbStatus): number => TCB_STATUSES.indexOf(status);

/**
 * Folds a component's status into the result so far. A component never replaces the result: the more severe of the two
 * counts, and a platform that needs configuration and has an outdated component needs both.
 */
export function mergeStatus(result: TcbStatus, component: TcbStatus): TcbStatus {
  const needsConfiguration = result === "ConfigurationNeeded" || result === "ConfigurationAndSWHardeningNeeded";
  if (component === "OutOfDate" && needsConfiguration) return "OutOfDateConfigurationNeeded";
  return severity(component) > severity(result) ? component : result;
}
