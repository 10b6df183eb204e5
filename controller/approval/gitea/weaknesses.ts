import { BRANCH_PREFIX } from "../names.ts";
import type { Weakness } from "../provider.ts";
import { type Fields, fields, list, person, text } from "./fields.ts";
import type { GiteaHttp } from "./http.ts";
import { encodePath, type Repository } from "./repository.ts";

/** What protects the approvals repository less than it could. The controller's own checks hold without any of it. */
export async function weaknessesOf(http: GiteaHttp, repository: Repository): Promise<Weakness[]> {
  const found: Weakness[] = [];
  const add = (code: string, message: string) => void found.push({ code, message });
  const seen = await repository.look();
  const user = fields((await http.call("GET", "/user")).body, "user");
  const self = person(user, "user").login;
  if (seen.private !== true)
    add("RepositoryPublic", "everybody can read what agents ask for: make the repository private");
  if (seen.archived === true)
    add("RepositoryArchived", "nothing can be opened in an archived repository: unarchive it");
  if (user.is_admin === true)
    add("SelfIsSiteAdmin", "the controller's user administers the whole server: use another one");
  if (fields(seen.permissions, "permissions").admin !== true) {
    add(
      "CannotReadPermissions",
      "the controller's user must administer the repository to read what others may do there",
    );
    return found;
  }
  const path = `${repository.path}/branches/${encodePath(repository.base)}`;
  const rules = list((await http.call("GET", `${repository.path}/branch_protections`)).body, "rules");
  const effective = fields((await http.call("GET", path)).body, "branch").effective_branch_protection_name;
  const base = rules.find((rule) => rule.rule_name === effective);
  found.push(...(base === undefined ? [unprotected(repository.base)] : ofBase(base, self)));
  const branches = rules.find((rule) => covers(text(rule, "rule_name")));
  if (branches === undefined || !isOnlyFor(branches, self)) {
    const message = `others can push to branches of requests, which voids them: protect ${BRANCH_PREFIX}** with ${self} alone allowed to push`;
    add("BranchesOpen", message);
  }
  return found;
}

function unprotected(base: string): Weakness {
  return { code: "BaseUnprotected", message: `anybody who may write can push to ${base}: protect it` };
}

function ofBase(rule: Fields, self: string): Weakness[] {
  const found: Weakness[] = [];
  const add = (code: string, message: string) => void found.push({ code, message });
  if (!isOnlyFor(rule, self)) add("BasePushOpen", `others can push to the base: allow ${self} alone`);
  if (!(Number(rule.required_approvals) >= 1)) add("NoRequiredApproval", "require at least one approval");
  if (rule.dismiss_stale_approvals !== true) add("StaleApprovalsKept", "turn on: dismiss stale approvals");
  if (rule.block_on_rejected_reviews !== true) add("RejectionsIgnored", "turn on: block merge on rejected reviews");
  if (rule.block_admin_merge_override !== true) add("AdminsBypass", "turn on: administrators must follow the rules");
  return found;
}

/** Whether nobody but one user may push: nobody else named, no team, no deploy key, no force. */
function isOnlyFor(rule: Fields, self: string): boolean {
  if (rule.enable_force_push === true && rule.enable_force_push_allowlist !== true) return false;
  const forced = rule.enable_force_push === true ? rule.force_push_allowlist_usernames : [];
  if (rule.enable_push !== true) return true;
  if (rule.enable_push_whitelist !== true || rule.push_whitelist_deploy_keys === true) return false;
  const teams = [rule.push_whitelist_teams, rule.force_push_allowlist_teams].flatMap((names) => names ?? []);
  const users = [rule.push_whitelist_usernames, forced].flatMap((names) => names ?? []);
  return teams.length === 0 && users.every((name) => name === self);
}

function covers(pattern: string): boolean {
  return [`${BRANCH_PREFIX}**`, "**"].includes(pattern);
}
