import type { ServiceImpl } from "@connectrpc/connect";
import type { ModelLifecycleService } from "../../../gen/ts/countersign/lifecycle/v1/model_lifecycle_service_pb.ts";
import { laterVersion } from "./unimplemented.ts";

/** Loading and unloading models comes with a later version; the schema is fixed. */
export function lifecycleService(): ServiceImpl<typeof ModelLifecycleService> {
  const later = (name: string) => () => {
    throw laterVersion(name);
  };
  return {
    getStatus: later("GetStatus"),
    watchStatus: later("WatchStatus"),
    loadModel: later("LoadModel"),
    unloadModel: later("UnloadModel"),
    listModels: later("ListModels of ModelLifecycleService"),
    verifyModel: later("VerifyModel"),
  };
}
