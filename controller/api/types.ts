/** All types of the API in one import; those of our kinds are generated from the CRDs. */
export type * from "./generated/action.ts";
export type * from "./generated/actionplan.ts";
export type * from "./generated/actionpolicy.ts";
export type * from "./generated/actionrequest.ts";
export type * from "./generated/agent.ts";
export type * from "./generated/approvalprovider.ts";
export type * from "./generated/auditlog.ts";
export type * from "./generated/credentialprovider.ts";
export type * from "./generated/delegation.ts";
export type * from "./generated/riskprofile.ts";
export type * from "./generated/shared.ts";
export type * from "./generated/target.ts";
export type * from "./object.ts";
