/** Families of devices, as evidence states them. */
export type Architecture = "HOPPER" | "BLACKWELL" | "LS10";

/**
 * The architecture of a hardware model, which is the common name of a device's second certificate: its first word is
 * the chip, for example `GH100 A01 GSP BROM`. Undefined for chips that are not known.
 */
export function architectureOf(model: string): Architecture | undefined {
  const [chip = ""] = model.split(" ", 1);
  if (chip === "GH100") return "HOPPER";
  if (/^GB1\d\d$/.test(chip)) return "BLACKWELL";
  if (chip === "LS10") return "LS10";
  return undefined;
}
