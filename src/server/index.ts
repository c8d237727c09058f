export { type Authenticator, bearerAuthenticator } from "./authenticator.ts";
export { ChunkedBody } from "./chunked-body.ts";
export { type DrainableListener, drainable } from "./drain.ts";
export { type HttpHandler, type HttpRequest, type HttpResponse, splitTarget } from "./http-message.ts";
export { type Cuttable, createInFlight, type InFlight } from "./in-flight.ts";
export { type Listener, type ListenerLimits, listenCleartext, listenTls, TLS_CONTEXT } from "./listeners.ts";
export { type LoadAccess, loadAccess } from "./load-access.ts";
export { cleartextServer } from "./preface-sniffer.ts";
export { createReadiness, type Readiness } from "./readiness.ts";
export { readRequestBody } from "./request-body.ts";
export { requestId } from "./request-id.ts";
export { respond, respondError, respondJson } from "./respond.ts";
export { type TlsChannel, tlsChannel } from "./tls-channel.ts";
export {
  loadCertificatePublicKey,
  loadTlsIdentity,
  type PresentedCertificate,
  type TlsIdentity,
} from "./tls-identity.ts";
export { releaseUnreadBody } from "./unread-body.ts";
