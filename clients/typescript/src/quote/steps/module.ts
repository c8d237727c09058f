import type { Proven } from "../../verdict/index.ts";
import type { TcbInfo } from "../tcb-info.ts";
import type { TdReport } from "../td-report.ts";
import { matchModule, requireModuleSigner, type TdxModule } from "../tdx-module.ts";

/** The TDX module is one Intel describes: version, SVN, signer and attributes. */
export function judgeModule(body: TdReport, tcbInfo: TcbInfo): Proven<TdxModule> {
  const { module, signer } = matchModule(body.teeTcbSvn, tcbInfo);
  requireModuleSigner(body, signer);
  const status = module.level?.status ?? "without levels of its own";
  return { value: module, cause: `version ${module.version}, SVN ${module.svn}: ${status}` };
}
