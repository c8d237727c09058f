import type { HttpHandler } from "../../server/index.ts";
import { attestationReportRoute } from "./attestation-report.ts";
import { attestationResultRoute } from "./attestation-result.ts";
import { inferenceRoute } from "./inference.ts";
import { modelLifecycleRoutes } from "./model-lifecycle.ts";
import { engineMetricsRoute, modelsRoute } from "./models.ts";
import { livenessRoute, metricsRoute, readinessRoute, rootRoute, versionRoute } from "./operations.ts";
import { privasysAttestRoute } from "./privasys-attest.ts";
import type { RestServices } from "./route.ts";
import { restRouter } from "./router.ts";
import { signatureRoute } from "./signature.ts";

export type { RestServices } from "./route.ts";

/** The REST door: the OpenAI paths and those of the peers this gateway replaces. */
export function restDoor(services: RestServices): HttpHandler {
  const { publicMetrics, publicModels } = services.config.access;
  const inference = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"].map((path) => ({
    method: "POST" as const,
    path,
    handle: inferenceRoute(services, path),
  }));
  return restRouter(services, [
    ...inference,
    ...modelLifecycleRoutes(services),
    { method: "GET", path: "/v1/models", public: publicModels, handle: modelsRoute(services) },
    { method: "GET", path: "/v1/signature/", prefix: true, handle: signatureRoute(services) },
    { method: "GET", path: "/v1/attestation/report", public: true, handle: attestationReportRoute(services) },
    { method: "GET", path: "/v1/attestation", public: true, handle: attestationReportRoute(services) },
    { method: "POST", path: "/__privasys/attest", public: true, handle: privasysAttestRoute(services) },
    {
      method: "GET",
      path: "/api/v1/apps/",
      prefix: true,
      public: true,
      handle: attestationResultRoute(services),
    },
    { method: "GET", path: "/v1/metrics", public: publicMetrics, handle: engineMetricsRoute(services) },
    { method: "GET", path: "/metrics", public: publicMetrics, handle: metricsRoute(services) },
    { method: "GET", path: "/", public: true, handle: rootRoute },
    { method: "GET", path: "/version", public: true, handle: versionRoute },
    { method: "GET", path: "/healthz", public: true, handle: livenessRoute },
    { method: "GET", path: "/readyz", public: true, handle: readinessRoute(services) },
    { method: "GET", path: "/readiness", public: true, handle: readinessRoute(services) },
  ]);
}
