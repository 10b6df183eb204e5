import { userInfo } from "node:os";

/** Settings of a server for tests: everything under `home`, nothing but loopback, no pages for people. */
export function settings(options: { home: string; port: number; staticRoot: string }): string {
  const { home, port, staticRoot } = options;
  return `RUN_MODE = prod
WORK_PATH = ${home}
RUN_USER = ${userInfo().username}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
STATIC_ROOT_PATH = ${staticRoot}
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false
[database]
DB_TYPE = sqlite3
PATH = ${home}/gitea.db
[repository]
ROOT = ${home}/repos
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
PASSWORD_HASH_ALGO = pbkdf2$1000$50
MIN_PASSWORD_LENGTH = 6
[webhook]
ALLOWED_HOST_LIST = loopback
[service]
DISABLE_REGISTRATION = true
[indexer]
ISSUE_INDEXER_TYPE = db
[mirror]
ENABLED = false
[cron]
ENABLED = false
[log]
MODE = console
LEVEL = Warn
`;
}
