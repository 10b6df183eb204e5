/** All constants of the API in one import: resources, names and closed sets of words. */
export * from "./names.ts";
export * from "./resources.ts";
export * from "./vocabulary.ts";
