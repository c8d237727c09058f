import { CheckFailure, type Checks } from "../verdict/index.ts";
import { type Device, everyDevice } from "./device.ts";
import {
  compareMeasurements,
  type ReferenceValues,
  type RimComponent,
  type RimDocument,
  type RimVerifier,
  requireSeparateIndexes,
} from "./reference-values.ts";

const CHECK = { driver: "gpu.rim.driver", vbios: "gpu.rim.vbios" } as const;
const NAME = { driver: "driver", vbios: "VBIOS" } as const;
/** Most documents of one verification: a driver's and a VBIOS's for every device that is read. */
const MAX_DOCUMENTS = 64;

export interface ReferenceInput {
  readonly devices: readonly Device[];
  readonly documents: readonly RimDocument[];
  readonly verifier: RimVerifier | undefined;
  readonly now: number;
}

/** Verified documents of one component, or why they are not. */
type References = { readonly verified: readonly ReferenceValues[] } | { readonly failure: unknown };

/**
 * Makes `gpu.rim.driver` and `gpu.rim.vbios`.
 *
 * @returns the documents that verify
 */
export async function checkReferences(checks: Checks, input: ReferenceInput): Promise<readonly ReferenceValues[]> {
  const { devices, documents, verifier, now } = input;
  if (documents.length === 0) {
    for (const id of Object.values(CHECK)) checks.skip(id, "there are no reference documents", { required: false });
    return [];
  }
  if (verifier === undefined) {
    for (const id of Object.values(CHECK)) {
      checks.skip(id, "reference documents came without the verifier that reads them", {
        remedy: "pass a RimVerifier, which the entry gpu-rim makes",
      });
    }
    return [];
  }
  const read = async (component: RimComponent): Promise<References | undefined> => {
    const own = documents.filter((document) => document.component === component);
    if (own.length === 0) return undefined;
    try {
      if (documents.length > MAX_DOCUMENTS) throw CheckFailure.malformed(`more than ${MAX_DOCUMENTS} documents`);
      const verified: ReferenceValues[] = [];
      for (const { document } of own) verified.push(await verifier.verify(document, now));
      return { verified };
    } catch (failure) {
      return { failure };
    }
  };
  const driver = await read("driver");
  const vbios = await read("vbios");
  await checkComponent(checks, "driver", devices, driver, vbios);
  await checkComponent(checks, "vbios", devices, vbios, driver);
  return [driver, vbios].flatMap((found) => (found !== undefined && "verified" in found ? found.verified : []));
}

async function checkComponent(
  checks: Checks,
  component: RimComponent,
  devices: readonly Device[],
  own: References | undefined,
  other: References | undefined,
): Promise<void> {
  const id = CHECK[component];
  if (own === undefined) {
    checks.skip(id, `there is no reference document for the ${NAME[component]}`, { required: false });
    return;
  }
  await checks.run(id, async () => {
    if ("failure" in own) throw own.failure;
    const opposite = component === "driver" ? "vbios" : "driver";
    await everyDevice(devices, (device) => {
      const reference = documentFor(device, component, own.verified);
      if (other !== undefined && "verified" in other) {
        requireSeparateIndexes(reference, documentFor(device, opposite, other.verified));
      }
      compareMeasurements(device.report, reference);
    });
    const expired = own.verified.some(({ signerExpired }) => signerExpired);
    const remark = expired ? "; a signer's certificate has expired since, which is accepted" : "";
    return { value: undefined, cause: `every active measurement has a reference value${remark}` };
  });
}

/** The one document for the version the report states. */
function documentFor(
  { report, architecture }: Device,
  component: RimComponent,
  verified: readonly ReferenceValues[],
): ReferenceValues {
  const name = NAME[component];
  // A switch has firmware and reference documents of its own kind, which a GPU's cannot stand for.
  if (architecture === "LS10") throw new CheckFailure("reference values of a switch are not among those this reads");
  const version = component === "driver" ? report.opaque.driverVersion : report.opaque.vbiosVersion;
  if (version === undefined) throw new CheckFailure(`the report states no ${name} version`);
  const [reference, second] = verified.filter((values) => values.version === version);
  if (reference === undefined) {
    throw new CheckFailure(
      `no reference document is for ${name} version ${version}`,
      "supply the document for exactly this version",
    );
  }
  if (second !== undefined) throw new CheckFailure(`two reference documents are for ${name} version ${version}`);
  return reference;
}
