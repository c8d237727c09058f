// A thread that hashes data blocks.
import { serveTasks } from "../hashing/index.ts";
import { hashLeaves, type LeafTask } from "./data-leaves.ts";

serveTasks<LeafTask, Uint8Array>(hashLeaves);
