// A thread that hashes files.
import { serveTasks } from "../hashing/index.ts";
import { type FileTask, hashFile } from "./file-digest.ts";

serveTasks<FileTask, string>(hashFile);
