export { type ReportedUsage, reportedUsage } from "./reported-usage.ts";
