import type { EnginePool } from "../../engines/index.ts";
import type { Task } from "../engine-process/index.ts";
import type { ModelDirectory } from "../model-directory.ts";
import type { InstanceStatus } from "./instance-status.ts";
import type { LoadRequest } from "./load-request.ts";
import type { ModelDigest } from "./model-digest.ts";
import type { Ticket } from "./model-instance.ts";
import type { VerificationProgress } from "./model-verifier.ts";
import type { ServedModel } from "./serving.ts";

/** A model on disk. */
export interface StoredModel {
  readonly name: string;
  /** Of a loaded model: the digest it was opened with. Else kind `none`. */
  readonly digest: ModelDigest;
  readonly sizeBytes: number;
  readonly loaded: boolean;
}

/** What to unload: by instance, by the name of its model, or both, which then have to agree. Neither: `generate`. */
export interface UnloadRequest {
  readonly task?: Task | undefined;
  readonly model?: string | undefined;
}

/** The models of this gateway and their lives: one state machine behind every door. */
export interface ModelService extends ModelDirectory {
  /** Whether models can be loaded and unloaded here. */
  readonly managed: boolean;
  /** For people: what runs the models. */
  readonly engine: string;
  /** Engines for questions that name no model: of the first instance that is ready. Throws `model_not_loaded` without one. */
  readonly engines: EnginePool;
  /** One entry per instance that is or was in use, `generate` always and first. */
  status(): readonly InstanceStatus[];
  /** Calls back at each change of the status until the returned function is called. */
  onStatus(listener: () => void): () => void;
  /** What is served now. */
  served(): readonly ServedModel[];
  /** Calls back whenever what is served has changed: what was attested is then out of date. */
  onChange(listener: () => void): void;
  /**
   * Accepts a load. Loads take effect in the order of the calls.
   *
   * @throws GatewayError `invalid_request`, `model_not_found`, `models_not_managed`; nothing has changed then
   */
  load(request: LoadRequest): Ticket;
  /** @throws GatewayError `model_not_found` if nothing by that name is loaded, `models_not_managed` */
  unload(request: UnloadRequest): Ticket;
  /** Unloads every instance. @throws GatewayError `models_not_managed` */
  unloadAll(): readonly Ticket[];
  /** The models on disk. */
  list(): Promise<readonly StoredModel[]>;
  /** Names of the models on disk, without looking into them. */
  available(): readonly string[];
  /**
   * Verifies a model on disk.
   *
   * @throws GatewayError `model_refused`, `model_not_found`, `invalid_request`, `models_not_managed`
   */
  verify(model: string, onProgress: VerificationProgress, signal: AbortSignal): Promise<ModelDigest>;
  /** Refuses who waits for a model, and starts nothing any more. */
  drain(): void;
  /** Ends the engines. Resolves when no process is left. */
  close(): Promise<void>;
}
