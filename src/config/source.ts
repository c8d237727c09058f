/** Where a value came from. */
export type Source =
  | { readonly from: "default" }
  | { readonly from: "file"; readonly path: string; readonly line: number }
  | { readonly from: "environment"; readonly name: string }
  | { readonly from: "flag"; readonly name: string };

/** One phrase for people: `environment variable TOKEN`, `countersign.yaml:12`, `flag --listen-port`, `default`. */
export function describeSource(source: Source): string {
  switch (source.from) {
    case "default":
      return "default";
    case "file":
      return `${source.path}:${source.line}`;
    case "environment":
      return `environment variable ${source.name}`;
    case "flag":
      return `flag ${source.name}`;
  }
}
