import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { createTransport, loadClusterAccess } from "../../controller/runtime/index.ts";
import { json, startScriptedServer } from "./scripted-server.ts";

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), "agent-safe-"));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

/** Writes a kubeconfig (JSON is YAML) with one context and this user and cluster. */
function write(t: ExecutionContext, user: object, cluster: object = {}): string {
  const path = join(folder(t), "config");
  const config = {
    "current-context": "main",
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443/", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "main", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

test("inline certificates, and those in files beside the kubeconfig", (t) => {
  const inline = write(
    t,
    { "client-certificate-data": base64("CERT"), "client-key-data": base64("KEY") },
    { "certificate-authority-data": base64("CA") },
  );
  t.deepEqual(loadClusterAccess({ kubeconfig: inline }), {
    server: "https://10.0.0.1:6443",
    ca: "CA",
    cert: "CERT",
    key: "KEY",
    servername: undefined,
    insecure: false,
    credential: { kind: "none" },
  });
  const path = write(
    t,
    { "client-certificate": "u.crt", "client-key": "u.key" },
    { "certificate-authority": "ca.crt", "tls-server-name": "api" },
  );
  for (const name of ["u.crt", "u.key", "ca.crt"]) writeFileSync(join(path, "..", name), name);
  t.like(loadClusterAccess({ kubeconfig: path }), { ca: "ca.crt", cert: "u.crt", key: "u.key", servername: "api" });
});

test("tokens, token files, passwords and plugins", (t) => {
  const credential = (user: object) => loadClusterAccess({ kubeconfig: write(t, user) }).credential;
  t.deepEqual(credential({ token: "abc" }), { kind: "token", token: "abc" });
  t.deepEqual(credential({ token: "abc", tokenFile: "/t" }), { kind: "tokenFile", path: "/t" });
  t.deepEqual(credential({ username: "u", password: "p" }), { kind: "basic", username: "u", password: "p" });
  t.like(credential({ exec: { command: "x" } }), { kind: "exec", context: "main" });
});

test("what is wrong is named", (t) => {
  const kubeconfig = write(t, {});
  t.throws(() => loadClusterAccess({ kubeconfig: "/nowhere/config" }), {
    code: "CONFIG",
    message: /cannot read \/nowhere\/config/,
  });
  t.throws(() => loadClusterAccess({ kubeconfig, context: "other" }), {
    code: "CONFIG",
    message: /no context "other"/,
  });
  t.throws(() => loadClusterAccess({ kubeconfig: write(t, {}, { server: "not a url" }) }), {
    code: "CONFIG",
    message: /no valid server/,
  });
  t.throws(() => loadClusterAccess({ kubeconfig: write(t, {}, { "proxy-url": "http://p" }) }), {
    code: "CONFIG",
    message: /proxy-url/,
  });
  writeFileSync(kubeconfig, "a: [b");
  t.throws(() => loadClusterAccess({ kubeconfig }), { code: "CONFIG", message: /not valid YAML/ });
  t.throws(() => createTransport({ userAgent: "t", kubeconfig }), { code: "CONFIG" });
});

test("without a kubeconfig: $KUBECONFIG, else the pod's own account", (t) => {
  const path = write(t, { token: "env" });
  t.like(loadClusterAccess({}, { KUBECONFIG: `:${path}` }).credential, { token: "env" });
  t.throws(() => loadClusterAccess({}, { KUBERNETES_SERVICE_HOST: "10.0.0.1" }), {
    code: "CONFIG",
    message: /ca\.crt/,
  });
});

test("a plugin's token is fetched once and sent", async (t) => {
  const api = await startScriptedServer();
  api.answer = (_seen, response) => json(response, 200, {});
  const plugin = join(folder(t), "plugin.sh");
  const answer = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token: "from-plugin" },
  };
  writeFileSync(plugin, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
  chmodSync(plugin, 0o755);
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: plugin, interactiveMode: "Never" };
  const transport = createTransport({
    userAgent: "t",
    kubeconfig: write(t, { exec }, { server: api.access.server, "insecure-skip-tls-verify": true }),
  });
  t.teardown(async () => {
    await transport.close();
    await api.close();
  });
  await transport.request({ method: "GET", path: "/x" });
  await transport.request({ method: "GET", path: "/x" });
  t.deepEqual(
    api.seen.map((seen) => seen.headers.authorization),
    ["Bearer from-plugin", "Bearer from-plugin"],
  );
  writeFileSync(plugin, "#!/bin/sh\nexit 3\n");
  const broken = createTransport({ userAgent: "t", kubeconfig: write(t, { exec: { ...exec, args: ["x"] } }) });
  t.teardown(() => broken.close());
  await t.throwsAsync(broken.request({ method: "GET", path: "/x" }), { code: "CONFIG", message: /plugin failed/ });
});
