import { type AdminAccess, kubectl } from "./cluster-access.ts";

/** The field manager of everything that `npm start` installs. */
export const fieldManager = "agent-safe-start";

const serverSide = ["apply", "--server-side", "--force-conflicts", `--field-manager=${fieldManager}`];

/** Server-side apply of a kustomization. Doing it again changes nothing. Rejects with kubectl's error when refused. */
export async function applyKustomization(access: AdminAccess, directory: string): Promise<void> {
  await kubectl(access, [...serverSide, "-k", directory]);
}

/** Server-side apply of YAML or JSON text; an empty text is fine. */
export async function applyText(access: AdminAccess, manifests: string): Promise<void> {
  if (manifests.trim() !== "") await kubectl(access, [...serverSide, "-f", "-"], manifests);
}
