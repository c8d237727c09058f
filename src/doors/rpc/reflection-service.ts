import { readFileSync } from "node:fs";
import { create, createFileRegistry, type DescFile, type FileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "../../../gen/ts/grpc/reflection/v1/reflection_pb.ts";

/** Descriptors of everything this gateway serves, made with the generated code. */
const DESCRIPTORS = new URL("../../../gen/descriptors.binpb", import.meta.url);

function loadRegistry(): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(DESCRIPTORS)));
}

/** A file and everything it imports, each once, serialised. */
function withImports(file: DescFile): Uint8Array[] {
  const seen = new Map<string, DescFile>();
  const visit = (next: DescFile): void => {
    if (seen.has(next.name)) return;
    seen.set(next.name, next);
    for (const dependency of next.dependencies) visit(dependency);
  };
  visit(file);
  return [...seen.values()].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
}

function fileOfSymbol(registry: FileRegistry, symbol: string): DescFile | undefined {
  const direct = registry.get(symbol);
  if (direct !== undefined) return direct.file;
  // A method or a field: its parent is registered.
  const dot = symbol.lastIndexOf(".");
  return dot > 0 ? registry.get(symbol.slice(0, dot))?.file : undefined;
}

/**
 * grpc.reflection: lets stock tools discover the services. Both versions share this; v1alpha has the same messages
 * under another name. Requests are attacker-controlled and select among fixed descriptors.
 */
export function reflection(serviceNames: readonly string[]) {
  const registry = loadRegistry();
  const answer = (request: ServerReflectionRequest): ServerReflectionResponse["messageResponse"] => {
    const notFound = (what: string): ServerReflectionResponse["messageResponse"] =>
      create(ServerReflectionResponseSchema, {
        messageResponse: {
          case: "errorResponse",
          value: { errorCode: Code.NotFound, errorMessage: `${what} not found` },
        },
      }).messageResponse;
    const files = (file: DescFile): ServerReflectionResponse["messageResponse"] =>
      create(ServerReflectionResponseSchema, {
        messageResponse: { case: "fileDescriptorResponse", value: { fileDescriptorProto: withImports(file) } },
      }).messageResponse;
    const { messageRequest } = request;
    switch (messageRequest.case) {
      case "listServices":
        return create(ServerReflectionResponseSchema, {
          messageResponse: {
            case: "listServicesResponse",
            value: { service: serviceNames.map((name) => ({ name })) },
          },
        }).messageResponse;
      case "fileByFilename": {
        const file = registry.getFile(messageRequest.value);
        return file === undefined ? notFound("file") : files(file);
      }
      case "fileContainingSymbol": {
        const file = fileOfSymbol(registry, messageRequest.value);
        return file === undefined ? notFound("symbol") : files(file);
      }
      default:
        return notFound("extension");
    }
  };
  return {
    async *serverReflectionInfo(
      requests: AsyncIterable<ServerReflectionRequest>,
    ): AsyncGenerator<ServerReflectionResponse> {
      for await (const request of requests) {
        yield create(ServerReflectionResponseSchema, {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answer(request),
        });
      }
    },
  };
}
