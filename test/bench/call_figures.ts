/**
 * The pure functions of the pre-trade path.
 */
import type { BenchSize } from "./bench_options.ts";
import type { Figure } from "./figure.ts";
import { benchRisk } from "./risk_bench.ts";
import { benchRoute } from "./route_bench.ts";

/** Times the check column and the router. */
export const callFigures = (size: BenchSize): readonly Figure[] => {
  const risk = benchRisk(size.calls);
  const route = benchRoute(size.calls);
  const mode = "pure";
  const unit = "us";
  return [
    {
      name: "pre-trade check column p50",
      mode,
      unit,
      measured: risk.p50_us,
      budget: { of: "measured", comparison: "<", value: 1 },
      note: `${risk.n} calls, reference price included`,
    },
    {
      name: "pre-trade check column p99",
      mode,
      unit,
      measured: risk.p99_us,
      budget: { of: "measured", comparison: "<", value: 5 },
    },
    {
      name: "route, 10 venues x 10 levels p50",
      mode,
      unit,
      measured: route.p50_us,
      budget: { of: "measured", comparison: "<", value: 5 },
      note: `${route.n} calls; p99 ${route.p99_us.toFixed(1)} us`,
    },
  ];
};
