export { CONFIGFS_ROOT, type ConfigfsOptions, configfsProvider, configfsQuoteSource } from "./configfs-quote-source.ts";
