import shared from "./jest.config.js";

/** Tests against programs and servers that others wrote: npm run test:real. */
export default {
  ...shared,
  testMatch: ["<rootDir>/test/real/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
};
