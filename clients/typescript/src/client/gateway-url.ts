import { CountersignError } from "../errors/index.ts";

/**
 * The address of a gateway without a slash at its end.
 *
 * @throws CountersignError `config.invalid` if it is not an http or https URL, or carries credentials, query or fragment
 */
export function gatewayUrl(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
  if (url === null || !isHttp || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new CountersignError(
      "config.invalid",
      "`baseUrl` is https://host[:port][/path] or http://host[:port][/path]",
    );
  }
  return url.href.replace(/\/+$/, "");
}
