/** The runtime's door: everything that other rooms may use of it. */
export type { IndexFunction } from "./cache.ts";
export * from "./client.ts";
export * from "./controller.ts";
export * from "./errors.ts";
export * from "./gate.ts";
export * from "./informer.ts";
export { type ClusterAccess, loadClusterAccess } from "./kubeconfig.ts";
export * from "./metrics.ts";
export { objectPath, resourcePath } from "./paths.ts";
export * from "./queue.ts";
export * from "./transport.ts";
export * from "./types.ts";
export { createBackoff, sleep } from "./wait.ts";
