// The real fetch layer and the policy of today's providers on a virtual clock, scenario by scenario, side by side.
import { keyferry, oneCallEach } from "./policies.ts";
import { simulate, type Measured, type Scenario } from "./simulate.ts";

const minute = 60_000;
const steady = { latency: 20, quota: Infinity };

const scenarios: readonly Scenario[] = [
  {
    name: "1 node, 100 pods of one workload, 10 objects",
    nodes: 1,
    podsPerNode: 100,
    identities: 1,
    objects: 10,
    startWithin: 5 * minute,
    span: 40 * minute,
    store: steady,
  },
  {
    name: "1 node, 250 pods first-mounting at once, 10 objects",
    nodes: 1,
    podsPerNode: 250,
    identities: 1,
    objects: 10,
    startWithin: 0,
    span: 1 * minute,
    store: steady,
  },
  {
    name: "100 nodes, 30 pods of 6 workloads, 10 objects, quota 100/s, rollout in 1 min",
    nodes: 100,
    podsPerNode: 30,
    identities: 6,
    objects: 10,
    startWithin: minute,
    span: 20 * minute,
    store: { ...steady, quota: 100 },
  },
  {
    name: "100 nodes, 30 pods of 6 workloads, 10 objects, quota 300/s, outage of 10 min",
    nodes: 100,
    podsPerNode: 30,
    identities: 6,
    objects: 10,
    startWithin: 2 * minute,
    span: 30 * minute,
    store: { ...steady, quota: 300, outage: [8 * minute, 18 * minute] },
  },
  {
    name: "100 nodes, 30 pods of 6 workloads, 10 objects, quota 300/s, 20 nodes drained after 8 min",
    nodes: 100,
    podsPerNode: 30,
    identities: 6,
    objects: 10,
    startWithin: 2 * minute,
    drain: { at: 8 * minute, nodes: 20 },
    span: 16 * minute,
    store: { ...steady, quota: 300 },
  },
  {
    name: "5000 nodes, 4 pods of 2 workloads, 5 objects, quota 2000/s",
    nodes: 5000,
    podsPerNode: 4,
    identities: 2,
    objects: 5,
    startWithin: 5 * minute,
    span: 8 * minute,
    store: { ...steady, quota: 2000 },
  },
];

const rows: readonly (readonly [string, (measured: Measured) => string])[] = [
  ["store calls per minute, steady", (m) => m.callsPerMinute.toFixed(1)],
  ["store calls in all", (m) => String(m.calls)],
  ["busiest second", (m) => String(m.peak)],
  ["refused with 429", (m) => String(m.refused)],
  ["first mount p50", (m) => seconds(m.firstMount.p50)],
  ["first mount p99", (m) => seconds(m.firstMount.p99)],
  ["pods never mounted", (m) => String(m.firstMount.never)],
  ["repeated mounts that failed", (m) => `${(m.failedRepeats * 100).toFixed(1)} %`],
  ["oldest object of a repeat", (m) => seconds(m.oldest)],
];

function seconds(milliseconds: number): string {
  return Number.isNaN(milliseconds) ? "–" : `${(milliseconds / 1000).toFixed(2)} s`;
}

const only = process.argv[2];
for (const scenario of scenarios.filter(({ name }) => only === undefined || name.includes(only))) {
  const ours = await simulate(scenario, keyferry);
  const theirs = await simulate(scenario, oneCallEach);
  console.log(`\n${scenario.name}`);
  console.log(`  ${"".padEnd(32)}${"keyferry".padStart(14)}${"one call each".padStart(16)}`);
  for (const [name, show] of rows) {
    console.log(`  ${name.padEnd(32)}${show(ours).padStart(14)}${show(theirs).padStart(16)}`);
  }
}
