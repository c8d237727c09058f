import { readTextFile } from "./input-file.ts";

/** Genuine collateral has about 20 KB. Bytes. */
const LARGEST_COLLATERAL = 1024 * 1024;

/** The text of a collateral file, if one is named. Throws as readTextFile does. */
export function readCollateralFile(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readTextFile(path, LARGEST_COLLATERAL);
}
