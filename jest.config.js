/** Suites that take long without anything else: they run with the tests against real servers. */
export const slow = ["test/property/tenants.test.ts", "test/e2e/last-line.test.ts", "test/e2e/conformance.test.ts"];

/** @type {import("jest").Config} */
export default {
  rootDir: ".",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: [
    "/node_modules/",
    "<rootDir>/test/real/",
    "<rootDir>/test/cluster/",
    ...slow.map((file) => `<rootDir>/${file}`),
  ],
  // Its package.json has the name of the root's.
  modulePathIgnorePatterns: ["<rootDir>/deploy/image/", "<rootDir>/dist/", "<rootDir>/build/"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "es6" }, sourceMaps: "inline" },
    ],
  },
  globalSetup: "<rootDir>/test/setup.mjs",
  injectGlobals: false,
  testTimeout: 20000,
  // More than two cores can run: many suites wait for processes and clocks.
  maxWorkers: 3,
};
