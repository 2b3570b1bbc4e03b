export { isGranted, patternProblem } from "../model/grant.ts";
