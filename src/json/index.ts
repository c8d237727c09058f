export { MAX_DEPTH, type MemberSpan, type ScanFault, type ScanResult, scanObject } from "./object-scan.ts";
