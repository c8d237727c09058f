import { startGoProbe } from "../support/client-probe.ts";
import { testProbedClient } from "../support/probe-matrix.ts";

testProbedClient("go", startGoProbe);
