import { hash, timingSafeEqual } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { GatewayError } from "../../src/errors/index.ts";
import { bearerAuthenticator } from "../../src/server/authenticator.ts";

vi.mock("node:crypto", async (load) => {
  const real = await load<typeof import("node:crypto")>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});

const TOKENS = ["sk-first", "sk-second-which-is-longer", "sk-third"];
const authenticate = bearerAuthenticator(TOKENS);
const comparisons = vi.mocked(timingSafeEqual);

beforeEach(() => {
  comparisons.mockClear();
});

function refusal(header: string | null | undefined, using = authenticate): GatewayError {
  try {
    using(header);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error(`accepted: ${String(header)}`);
}

describe("a configured token", () => {
  it.each(TOKENS.map((token, index) => [token, `token-${index + 1}`]))(
    "%s is accepted, one of several (A13)",
    (token, label) => {
      expect(authenticate(`Bearer ${token}`)).toEqual({ id: hash("sha256", token, "hex"), label });
    },
  );

  it.each(["bearer", "BEARER", "bEaReR"])("is accepted with the scheme in any case: %s (A02)", (scheme) => {
    expect(authenticate(`${scheme} sk-first`).label).toBe("token-1");
  });

  it("is accepted behind several spaces", () => {
    expect(authenticate("Bearer    sk-first").label).toBe("token-1");
  });

  it("is named by its position, and by a digest that does not hold it", () => {
    const caller = authenticate("Bearer sk-first");
    expect(JSON.stringify(caller)).not.toContain("sk-first");
    expect(caller.id).toMatch(/^[0-9a-f]{64}$/);
  });

  it("given twice is the first one's caller", () => {
    expect(bearerAuthenticator(["a", "a"])("Bearer a").label).toBe("token-1");
  });
});

describe("anything else is refused", () => {
  it.each([
    null,
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "Bearer  ",
    "Bearer sk-firs",
    "Bearer sk-first2",
    "Bearer SK-FIRST",
    "Bearer sk-first sk-second-which-is-longer",
    "Bearer sk-first,sk-third",
    "Bearer sk-first ",
    " Bearer sk-first",
    "Bearersk-first",
    "Bearer\tsk-first",
    "Bearer\u00a0sk-first",
    "Basic sk-first",
    "Token sk-first",
    "sk-first",
    "XBearer sk-first",
    "Bearer sk-first\n",
    "Basic x, Bearer sk-first",
    `Bearer ${hash("sha256", "sk-first", "hex")}`,
  ])("%j", (header) => {
    expect(refusal(header)).toMatchObject({
      code: "unauthenticated",
      status: 401,
      message: "Invalid or missing Authorization header",
    });
  });

  it("if no token is configured", () => {
    const nobody = bearerAuthenticator([]);
    for (const header of ["Bearer ", "Bearer x", "Bearer undefined", undefined]) {
      expect(refusal(header, nobody).code).toBe("unauthenticated");
    }
  });

  it("over the limit of the header, without a look at it", () => {
    const long = "x".repeat(8192 - "Bearer ".length);
    const using = bearerAuthenticator([long, `${long}x`]);
    expect(using(`Bearer ${long}`).label).toBe("token-1");
    comparisons.mockClear();
    expect(refusal(`Bearer ${long}x`, using).code).toBe("unauthenticated");
    expect(comparisons).not.toHaveBeenCalled();
  });

  it("with an error that holds no token", () => {
    const error = refusal("Bearer sk-wrong");
    expect(`${error.message} ${String(error.cause)} ${error.stack ?? ""}`).not.toContain("sk-wrong");
  });
});

describe("the time it takes (A01, A03)", () => {
  it.each(["sk-first", "sk-third", "sk-none", "x", "x".repeat(5000)])(
    "is that of one comparison of digests per configured token, for %s",
    (token) => {
      try {
        authenticate(`Bearer ${token}`);
      } catch {
        // A refusal does the same work.
      }
      expect(comparisons).toHaveBeenCalledTimes(TOKENS.length);
      for (const [known, presented] of comparisons.mock.calls) {
        expect([known.byteLength, presented.byteLength]).toEqual([32, 32]);
      }
    },
  );

  it("of refusing a header of spaces is linear", () => {
    const spaces = `Bearer${" ".repeat(8186)}`;
    for (let round = 0; round < 1000; round++) expect(refusal(spaces).code).toBe("unauthenticated");
  });
});
