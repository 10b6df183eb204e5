export type { KubeObject, ObjectMeta, Ref, Resource } from "./types.ts";
export { keyOf, refOf } from "./types.ts";
