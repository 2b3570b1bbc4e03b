import shared, { slow } from "./jest.config.js";

/** Tests against programs and servers that others wrote, and slow ones: npm run test:real. */
export default {
  ...shared,
  testMatch: ["<rootDir>/test/real/**/*.test.ts", ...slow.map((file) => `<rootDir>/${file}`)],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
};
