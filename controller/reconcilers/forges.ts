import { createHash } from "node:crypto";
import { join } from "node:path";
import { APPROVAL_PROVIDERS } from "../api/constants.ts";
import type { ApprovalProvider } from "../api/types.ts";
import { createGitForge } from "../approval/git/forge.ts";
import type { ApprovalForge, Weakness } from "../approval/provider.ts";
import { type Gate, type Informer, type KubeClient, refOf } from "../runtime/index.ts";
import { definitionStatus, type Finding } from "./definition.ts";
import { equal, type Json, mergePatch } from "./merge-patch.ts";
import type { ForgeInUse } from "./round-scope.ts";

export interface ForgesOptions {
  client: KubeClient;
  providers: Pick<Informer<ApprovalProvider>, "get" | "list">;
  gate: Pick<Gate, "expect">;
  /** Where copies of repositories are kept; what is in it can be deleted. */
  directory: string;
  clock: () => number;
}

/** The approval providers, each with its way to be asked. */
export interface Forges {
  forgeFor(name: string | undefined): ForgeInUse | string;
  /** Whether a provider, as it is now, can be asked. */
  isOpen(name: string): boolean;
  /** Opens a provider that is new or changed, looks whether it answers, and says so in its status. */
  reconcile(key: string): Promise<{ requeueAfterMs: number } | undefined>;
}

interface Open {
  uid: string;
  generation: number;
  forge: ApprovalForge;
}

/** How often a provider is looked at when nobody asks for anything, in ms. */
const LOOK_MS = 60_000;

export function createForges(options: ForgesOptions): Forges {
  const { providers, clock } = options;
  const open = new Map<string, Open>();

  function isCurrent({ metadata }: ApprovalProvider, known: Open | undefined): known is Open {
    return known !== undefined && known.uid === metadata.uid && known.generation === metadata.generation;
  }

  return {
    isOpen(name) {
      const provider = providers.get(name);
      return provider !== undefined && isCurrent(provider, open.get(name));
    },

    forgeFor(name) {
      const all = providers.list();
      const [only] = all;
      const chosen = name ?? (all.length === 1 ? only?.metadata.name : "default");
      const provider = chosen === undefined ? undefined : providers.get(chosen);
      if (provider === undefined) {
        if (name === undefined && all.length === 0) return "no approval provider is configured";
        return name === undefined
          ? "several ApprovalProviders and none is named default"
          : `there is no ApprovalProvider ${name}`;
      }
      const known = open.get(provider.metadata.name);
      if (!isCurrent(provider, known)) return `ApprovalProvider ${provider.metadata.name} is not open yet`;
      const hardened = provider.status?.conditions?.find(({ type }) => type === "Hardened");
      if (provider.spec.strict === true && hardened?.status !== "True") {
        return `ApprovalProvider ${provider.metadata.name} is strict and not hardened: ${hardened?.message ?? "not looked at yet"}`;
      }
      return { provider, forge: known.forge };
    },

    async reconcile(key) {
      const provider = providers.get(key);
      if (provider === undefined || provider.metadata.deletionTimestamp !== undefined) {
        open.delete(key);
        return undefined;
      }
      const known = open.get(key);
      let finding: Finding;
      try {
        const forge = isCurrent(provider, known) ? known.forge : await make(provider, options);
        const { uid = "", generation = 1 } = provider.metadata;
        open.set(key, { uid, generation, forge });
        finding = await look(forge);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        finding = { ok: false, reason: "Unreachable", message };
      }
      await write(provider, finding);
      return { requeueAfterMs: finding.ok ? LOOK_MS : 5_000 };
    },
  };

  async function look(forge: ApprovalForge): Promise<Finding> {
    const [self, weaknesses] = await Promise.all([forge.self(), forge.weaknesses(), forge.changed()]);
    return {
      ...{ ok: true, reason: "Accepted", message: "It answers." },
      status: { self: self.userId },
      conditions: [hardenedBy(weaknesses)],
    };
  }

  async function write(provider: ApprovalProvider, finding: Finding): Promise<void> {
    const status = definitionStatus(provider, finding, new Date(clock()).toISOString().replace(/\.\d+/, ""));
    const before = (provider.status ?? {}) as Json;
    if (equal(before, status)) return;
    const { name, resourceVersion = "" } = provider.metadata;
    const body = { metadata: { resourceVersion }, status: mergePatch(before, status) };
    const written = await options.client.patchStatus<ApprovalProvider>(APPROVAL_PROVIDERS, refOf(name), body);
    options.gate.expect(name, written.metadata.resourceVersion ?? "");
  }
}

function hardenedBy(weaknesses: readonly Weakness[]): NonNullable<Finding["conditions"]>[number] {
  const [first] = weaknesses;
  const message = weaknesses
    .map((weakness) => weakness.message)
    .join("; ")
    .slice(0, 1024);
  if (first === undefined)
    return { type: "Hardened", status: "True", reason: "Hardened", message: "Nothing is missing." };
  return { type: "Hardened", status: "False", reason: first.code, message };
}

async function make({ metadata, spec }: ApprovalProvider, { directory, clock }: ForgesOptions): Promise<ApprovalForge> {
  if (spec.git === undefined) throw new Error(`spec.type: ${spec.type} is not served yet; use git`);
  if (spec.git.authSecretRef !== undefined) throw new Error("spec.git.authSecretRef is not served yet; use a path");
  const { url, branch = "main", signers = [] } = spec.git;
  // A copy belongs to one object and one repository.
  const id = createHash("sha256").update(`${metadata.uid} ${url}`).digest("hex").slice(0, 32);
  return createGitForge({
    ...{ url, baseBranch: branch, directory: join(directory, id), clock },
    signers: signers.map(({ userId, keys, teams, permission }) => {
      const login = spec.users?.find((user) => user.userId === userId)?.login;
      return { userId, keys, teams: teams ?? [], permission: permission ?? "write", ...(login && { login }) };
    }),
  });
}
