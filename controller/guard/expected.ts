import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { messageOf } from "../runtime/errors.ts";
import type { Resource } from "../runtime/types.ts";
import { GuardError } from "./errors.ts";
import { type GuardedKind, guardedPart } from "./guarded-part.ts";
import type { JsonObject } from "./json.ts";

/** One object as it was shipped, reduced to what is compared. */
export interface ExpectedObject {
  readonly kind: GuardedKind;
  readonly resource: Resource;
  readonly name: string;
  readonly part: JsonObject;
}

const admission = { group: "admissionregistration.k8s.io", version: "v1", namespaced: false };

/** Where each guarded kind is served. */
export const guardedResources: Readonly<Record<GuardedKind, Resource>> = {
  ValidatingAdmissionPolicy: { ...admission, plural: "validatingadmissionpolicies" },
  ValidatingAdmissionPolicyBinding: { ...admission, plural: "validatingadmissionpolicybindings" },
  MutatingWebhookConfiguration: { ...admission, plural: "mutatingwebhookconfigurations" },
  ValidatingWebhookConfiguration: { ...admission, plural: "validatingwebhookconfigurations" },
  CustomResourceDefinition: {
    group: "apiextensions.k8s.io",
    version: "v1",
    plural: "customresourcedefinitions",
    namespaced: false,
  },
};

/** The folder that holds `config/` and `crds/`: the package's own root, in a checkout as in the image. */
export const packageRoot: string = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Reads what was shipped: every policy, binding and webhook configuration below `config/admission`, and every definition in `crds`.
 * Throws {@link GuardError} when a file can't be read or a kind is not there at all: a guard without a measure must not say yes.
 */
export function loadExpected(root: string = packageRoot): ExpectedObject[] {
  const found = [...yamlFiles(join(root, "config", "admission")), ...yamlFiles(join(root, "crds"))].flatMap(
    readObjects,
  );
  for (const kind of Object.keys(guardedResources)) {
    if (!found.some((object) => object.kind === kind)) {
      throw new GuardError("MANIFEST_MISSING", `no ${kind} is shipped below ${root}`);
    }
  }
  return found;
}

function yamlFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml") && !file.endsWith("kustomization.yaml"))
      .sort()
      .map((file) => join(folder, file));
  } catch (error) {
    throw new GuardError("MANIFEST_UNREADABLE", `${folder}: ${messageOf(error)}`, error);
  }
}

interface Manifest extends JsonObject {
  kind: string;
  metadata: { name: string };
}

function readObjects(file: string): ExpectedObject[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new GuardError("MANIFEST_UNREADABLE", `${file}: ${messageOf(error)}`, error);
  }
  return parseAllDocuments(text).flatMap((document) => {
    const mistake = document.errors[0];
    if (mistake) throw new GuardError("MANIFEST_INVALID", `${file}: ${mistake.message}`, mistake);
    const object: Manifest | null = document.toJS();
    if (object === null || !isGuarded(object.kind)) return [];
    if (!object.metadata?.name) throw new GuardError("MANIFEST_INVALID", `${file}: metadata.name is missing`);
    const { kind } = object;
    return [{ kind, resource: guardedResources[kind], name: object.metadata.name, part: guardedPart(kind, object) }];
  });
}

function isGuarded(kind: string): kind is GuardedKind {
  return Object.hasOwn(guardedResources, kind);
}
