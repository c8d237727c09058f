/** Verifies NVIDIA's reference documents. Node only: XML signatures need libraries that browsers should not carry. */
export { createRimVerifier, NVIDIA_RIM_ROOT, type RimVerifierOptions } from "./rim-verifier.ts";
