import type { Device } from "./device.ts";
import type { RimComponent } from "./reference-values.ts";

/**
 * Under which ids NVIDIA's service has the reference documents of a device, so that they can be asked for. Null where
 * the report does not state enough, and for switches, whose documents are not read. The ids prove nothing.
 */
export function referenceIds({ architecture, report }: Device): {
  readonly [component in RimComponent]: string | null;
} {
  const { driverVersion, vbiosVersion, project, projectSku, chipSku, chipName = "GB100" } = report.opaque;
  if (architecture !== "HOPPER" && architecture !== "BLACKWELL") return { driver: null, vbios: null };
  return {
    driver:
      architecture === "HOPPER"
        ? idOf("NV_GPU_DRIVER_GH100", driverVersion)
        : idOf("NV_GPU_CC_DRIVER", chipName, driverVersion),
    vbios: idOf("NV_GPU_VBIOS", project, projectSku, chipSku, vbiosVersion?.replaceAll(".", ""))?.toUpperCase() ?? null,
  };
}

/** The parts are the device's word: with one that is missing, or could be more than part of a name, there is no id. */
function idOf(kind: string, ...parts: readonly (string | undefined)[]): string | null {
  const named = parts.every((part) => part !== undefined && /^[A-Za-z0-9.]{1,64}$/.test(part));
  return named ? [kind, ...parts].join("_") : null;
}
