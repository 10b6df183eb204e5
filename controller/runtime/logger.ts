export type { Logger } from "./types.ts";
export { silentLogger } from "./types.ts";
