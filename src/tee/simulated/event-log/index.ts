export { type AppCompose, appCompose, DEFAULT_APP_COMPOSE, NON_ASCII_APP_COMPOSE } from "./app-compose.ts";
export { type BootOptions, type BootRecord, bootRecord, type LogAnomaly } from "./boot-record.ts";
export type { EventVersion, LogEntry } from "./runtime-event.ts";
