#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Compiled code is kept between runs where a folder for it can be written; without one nothing changes.
enableCompileCache();
const { main } = await import("./cli/main.ts");
await main();
