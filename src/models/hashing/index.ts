export { type FilePath, quoted } from "./file-name.ts";
export { errnoOf, IntegrityError, type IntegrityErrorCode } from "./integrity-error.ts";
export { type FileState, openStable, readExactly, type StableFile, sameState, stateOf } from "./stable-file.ts";
export { serveTasks } from "./worker-message.ts";
export { type PoolOptions, type WorkerPool, workerPool } from "./worker-pool.ts";
