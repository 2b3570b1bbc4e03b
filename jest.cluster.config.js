import shared from "./jest.config.js";

/** Tests in a cluster: npm run test:cluster. */
export default {
  ...shared,
  testMatch: ["<rootDir>/test/cluster/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  globalSetup: undefined,
  testTimeout: 120_000,
};
